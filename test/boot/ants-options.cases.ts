import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect, createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { OtpOptions } from 'nestjs-ants-otp';
import type { AntsSimulatorOptions } from 'nestjs-ants-otp/testing';
import { bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { recordedSimulator } from '../support/leaks/recorded-simulator.js';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** An app whose options about ANTS are its own, all the way from `forRoot` to the wire. */
async function boot(
  options: Partial<OtpOptions>,
  ants: AntsSimulatorOptions = {},
): Promise<TestApp> {
  const simulator = recordedSimulator({ reports: 'manual', ...ants });
  await simulator.start();
  closers.push(() => simulator.stop());
  const t = await bootApp({ simulator, options });
  closers.push(() => t.close());
  return t;
}

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('the options about ANTS reach the wire', () => {
  it.each([
    ['otpId', ['otpId']],
    ['otcId', ['otcId']],
    ['both', ['otcId', 'otpId']],
  ] as const)('resendBody: %s', async (resendBody, fields) => {
    const t = await boot({ resendBody }, { resendReads: resendBody });
    const otp = await t.otps.request({ mobile: nextMobile() });
    await t.database.age('61 s');
    await t.otps.resend(otp.id, otp);
    const [resend] = t.simulator.requests.filter(({ call }) => call === 'resendOTP');
    expect(Object.keys(resend!.body as object).sort()).toEqual(fields);
  });

  it('token: a Bearer account', async () => {
    const bearerToken = 'a-static-token';
    const t = await boot(
      { username: undefined, password: undefined, token: bearerToken },
      { bearerToken },
    );
    expect((await t.otps.request({ mobile: nextMobile() })).ticket).toBeTruthy();
    expect(t.otps.health().configuration).toBe('ok');
    expect(t.simulator.requests[0]!.headers['authorization']).toMatch(/^Bearer /);
  });

  it('proxy: every call goes through it', async () => {
    const asked: string[] = [];
    const proxy = createServer();
    proxy.on('connect', ({ url = '' }: IncomingMessage, socket: Socket) => {
      asked.push(url);
      const { hostname, port } = new URL(`http://${url}`);
      const target = connect(Number(port), hostname, () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        socket.pipe(target).pipe(socket);
      });
      for (const end of [socket, target]) end.on('error', () => undefined);
      closers.push(() => target.destroy());
    });
    const t = await boot({ proxy: await listening(proxy) });
    await t.otps.request({ mobile: nextMobile() });
    expect(new Set(asked)).toEqual(new Set([new URL(t.simulator.url).host]));
  });

  it('timeouts.connect: no byte has left, so the SMS surely was not sent', async () => {
    // A proxy that takes the connection and opens no tunnel.
    const proxy = await listening(createTcpServer());
    const t = await boot({ proxy, timeouts: { connect: 200 } });
    const mobile = nextMobile();
    await expect(t.otps.request({ mobile })).rejects.toMatchObject({ code: 'send_failed' });
    const [otp] = await t.otps.find({ mobile });
    expect(otp).toMatchObject({ status: 'send_failed', errorCode: 'not_reached' });
  });

  it('timeouts.call: nobody knows whether it was sent', async () => {
    const t = await boot({ timeouts: { call: 300 } }, { latencyMs: 5_000 });
    await expect(t.otps.request({ mobile: nextMobile() })).rejects.toMatchObject({
      code: 'send_unknown',
    });
    expect(t.simulator.requests).toHaveLength(1);
  });
});

describe('mistakes seen in public programs', () => {
  it('two users at once: each has a body of their own', async () => {
    const t = await boot({}, { latencyMs: [0, 20] });
    const asks = Array.from({ length: 10 }, (_, n) => ({
      mobile: nextMobile(),
      callbackData: `order-${n}`,
    }));
    const otps = await Promise.all(asks.map((ask) => t.otps.request(ask)));
    const bodies = t.simulator.requests.map(({ body }) => body as Record<string, string>);
    for (const { mobile, callbackData } of asks) {
      const own = bodies.filter((body) => body['mobile'] === `66${mobile.slice(1)}`);
      expect(own).toEqual([expect.objectContaining({ callbackData })]);
    }
    await Promise.all(
      otps.map((otp, n) => t.otps.verify(otp.id, t.simulator.codeFor(asks[n]!.mobile), otp)),
    );
  });

  it('correlation: every SMS names an address of its own', async () => {
    const t = await boot({});
    for (let n = 0; n < 3; n++) await t.otps.request({ mobile: nextMobile() });
    const addresses = t.simulator.requests.map(
      ({ body }) => (body as { notifyUrl: string }).notifyUrl,
    );
    expect(new Set(addresses).size).toBe(3);
  });

  it('ids: a check names the otpId, never the reference code', async () => {
    const t = await boot({});
    const mobile = nextMobile();
    const otp = await t.otps.request({ mobile });
    await t.otps.verify(otp.id, t.simulator.codeFor(mobile), otp);
    const { otpId } = await t.otps.status(otp.id);
    const [check] = t.simulator.requests.filter(({ call }) => call === 'verifyOTP');
    expect(check!.body).toMatchObject({ otpId });
    expect(otpId).not.toBe(otp.referenceCode);
  });

  it.each(['UNDELIVERED', 'REJECTED', 'EXPIRED'] as const)(
    'a report of %s: the request has its answer, and the holder is told',
    async (status) => {
      const t = await boot({});
      const mobile = nextMobile();
      const { id } = await t.otps.request({ mobile });
      await t.simulator.report(t.simulator.lastSms(mobile)!, { status });
      const view = await t.otps.status(id);
      expect(view.delivery).toBe(status.toLowerCase());
      expect(view.notice.en).toMatch(/not|could/i);
    },
  );
});
