import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ExecutionContext } from '@nestjs/common';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { OtpGuard, RequireOtp } from 'nestjs-ants-otp';
import { bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';

interface Message {
  proof: string;
}

class Gateway {
  @RequireOtp('default', { proof: (context) => context.switchToWs().getData<Message>().proof })
  transfer(): void {
    // guarded
  }
}

/** Under WebSocket the first argument of a context is the client's socket: it outlives a message. */
describe('OtpGuard on a socket', () => {
  let t: TestApp;
  beforeAll(async () => {
    t = await bootApp();
  });
  afterAll(() => t.close());

  const message = (socket: object, proof: string): ExecutionContext => {
    const context = new ExecutionContextHost(
      [socket, { proof }, 'transfer'],
      Gateway,
      // eslint-disable-next-line @typescript-eslint/unbound-method
      Gateway.prototype.transfer,
    );
    context.setType('ws');
    return context;
  };

  it('lets one message in for one proof', async () => {
    const mobile = nextMobile();
    const { id, ticket } = await t.otps.request({ mobile });
    const { proof } = await t.otps.verify(id, t.simulator.codeFor(mobile), { ticket });
    const guard = t.app.get(OtpGuard);
    const socket = {};
    await expect(guard.canActivate(message(socket, proof))).resolves.toBe(true);
    await expect(guard.canActivate(message(socket, proof))).rejects.toMatchObject({
      code: 'proof_consumed',
    });
  });
});
