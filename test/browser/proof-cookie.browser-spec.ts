import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Body, Controller, Get, Header, Param, Post, Put, Res, UseGuards } from '@nestjs/common';
import { OtpGuard, OtpProof, OtpService, RequireOtp, VerifiedOtp } from 'nestjs-ants-otp';
import type { Browser } from 'playwright-core';
import { ADAPTERS, bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { startChromium } from './chromium.js';

/** Sets the cookie as `docs/recipes.md` does. */
@Controller('pin')
class PinController {
  constructor(private readonly otps: OtpService) {}

  @Get()
  @Header('Content-Type', 'text/html')
  page(): string {
    return '<!doctype html><title>PIN</title>';
  }

  @Post('otp/:id')
  async enter(
    @Param('id') id: string,
    @Body() { code, ticket }: { code: string; ticket: string },
    @Res({ passthrough: true }) response: { header(name: string, value: string): unknown },
  ): Promise<void> {
    const { proof } = await this.otps.verify(id, code, { ticket });
    const attributes = 'Max-Age=600; Path=/; Secure; HttpOnly; SameSite=Strict';
    response.header('Set-Cookie', `__Host-otp_proof=${proof}; ${attributes}`);
  }

  @Put()
  @UseGuards(OtpGuard)
  @RequireOtp('pin')
  change(@VerifiedOtp() { purpose }: OtpProof): object {
    return { purpose };
  }
}

let browser: Browser;
beforeAll(async () => {
  browser = await startChromium(['--host-resolver-rules=MAP *.test 127.0.0.1']);
});
afterAll(() => browser.close());

describe.each(ADAPTERS)(
  'a proof in a cookie of the default name, in a browser, on %s',
  (adapter) => {
    let t: TestApp;
    beforeAll(async () => {
      t = await bootApp({
        ...{ adapter, controllers: [PinController] },
        options: { proof: { from: 'cookie' } },
      });
    });
    afterAll(() => t.close());

    it.each([
      ['localhost', true],
      ['127.0.0.1', true],
      // No host of its own machine, and no TLS: the browser refuses the cookie.
      ['shop.test', false],
    ])('over plain HTTP at %s is kept: %s', async (host, kept) => {
      const mobile = nextMobile();
      const { id, ticket } = await t.otps.request({ mobile, purpose: 'pin' });
      const sent = { id, ticket, code: t.simulator.codeFor(mobile) };
      const context = await browser.newContext();
      const page = await context.newPage();
      await page.goto(`${t.url.replace('127.0.0.1', host)}/pin`);
      const statuses = await page.evaluate(
        `(async ({ id, ...sent }) => {
        const json = { method: 'POST', headers: { 'content-type': 'application/json' } };
        await fetch('/pin/otp/' + id, { ...json, body: JSON.stringify(sent) });
        const put = async () => (await fetch('/pin', { ...json, method: 'PUT', body: '{}' })).status;
        return [await put(), await put(), document.cookie];
      })(${JSON.stringify(sent)})`,
      );
      expect(statuses).toEqual([kept ? 200 : 401, 401, '']);
      expect((await context.cookies()).map(({ name }) => name)).toEqual(
        kept ? ['__Host-otp_proof'] : [],
      );
      await context.close();
    });
  },
);
