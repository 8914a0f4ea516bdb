import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { UseFilters, UseGuards } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import {
  BaseWsExceptionFilter,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import { OtpExceptionFilter, OtpGuard, OtpOptional, OtpProof } from 'nestjs-ants-otp';
import { RequireOtp, SkipOtp, VerifiedOtp } from 'nestjs-ants-otp';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { ADAPTERS, bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';

interface Reply {
  event: string;
  data: Record<string, unknown>;
}
const opened = (proof?: OtpProof): Reply => ({ event: 'opened', data: { by: proof?.mobile } });

@WebSocketGateway({ path: '/vault' })
@UseFilters(OtpExceptionFilter)
@UseGuards(OtpGuard)
class VaultGateway {
  @SubscribeMessage('open')
  @RequireOtp('vault')
  open(@VerifiedOtp() proof: OtpProof): Reply {
    return opened(proof);
  }

  @SubscribeMessage('nested')
  @RequireOtp('vault', {
    proof: (context) => context.switchToWs().getData<{ by?: { proof?: string } }>().by?.proof,
  })
  nested(@VerifiedOtp() proof: OtpProof): Reply {
    return opened(proof);
  }

  @SubscribeMessage('peek')
  @OtpOptional('vault')
  peek(@VerifiedOtp() proof?: OtpProof): Reply {
    return opened(proof);
  }

  @SubscribeMessage('echo')
  @RequireOtp('vault')
  echo(@MessageBody() data: object): Reply {
    return { event: 'echo', data: { ...data, symbols: Object.getOwnPropertySymbols({ ...data }) } };
  }

  @SubscribeMessage('hello')
  @SkipOtp()
  hello(): Reply {
    return opened();
  }

  @SubscribeMessage('greedy')
  @SkipOtp()
  greedy(@VerifiedOtp() proof: OtpProof): Reply {
    return opened(proof);
  }

  @SubscribeMessage('forgotten')
  forgotten(): Reply {
    return opened();
  }
}

@WebSocketGateway({ path: '/bare' })
@UseGuards(OtpGuard)
class GatewayWithoutFilter {
  @SubscribeMessage('open')
  @RequireOtp('vault')
  open(): Reply {
    return opened();
  }
}

/** NestJS 11 only logs an error that no filter takes: over the `ws` adapter it sends the client nothing. */
const NEST_ANSWERS = 'emitMessage' in BaseWsExceptionFilter.prototype;

type Send = (event: string, data?: unknown) => Promise<Reply>;
type Message = [event: string, data: unknown];

/** Sends a message that is refused and that no filter answers, then another. @returns the answer to the other */
async function sendRefused(send: Send, refused: Message, next: Message): Promise<Reply> {
  const first = send(...refused);
  if (NEST_ANSWERS)
    expect(await first).toMatchObject({
      event: 'exception',
      data: { status: 'error', message: 'Internal server error' },
    });
  const answer = await send(...next);
  if (!NEST_ANSWERS) expect(await first).toEqual(answer);
  return answer;
}

describe.each(ADAPTERS)('OtpGuard on messages of a socket, on %s', (adapter) => {
  let t: TestApp;
  const sockets: WebSocket[] = [];
  beforeAll(async () => {
    t = await bootApp({
      adapter,
      providers: [VaultGateway, GatewayWithoutFilter],
      setUp: (app) => app.useWebSocketAdapter(new WsAdapter(app)),
    });
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.terminate();
  });
  afterAll(() => t.close());

  const connect = async (path = '/vault', headers: Record<string, string> = {}) => {
    const socket = new WebSocket(`${t.url.replace('http', 'ws')}${path}`, { headers });
    sockets.push(socket);
    await once(socket, 'open');
    return async (event: string, data?: unknown): Promise<Reply> => {
      const answer = once(socket, 'message');
      socket.send(JSON.stringify({ event, data }));
      const [text] = (await answer) as [Buffer];
      return JSON.parse(text.toString()) as Reply;
    };
  };
  const proven = async (purpose = 'vault') => {
    const mobile = nextMobile();
    const { id, ticket } = await t.otps.request({ mobile, purpose });
    return t.otps.verify(id, t.simulator.codeFor(mobile), { ticket });
  };
  const refusal = (code: string, pattern: string): object => ({
    event: 'exception',
    data: {
      ...{ status: 'error', statusCode: 401, code, cause: { pattern } },
      message: expect.any(String),
    },
  });

  it('opens a message to a proof in its data, once, and hands it out', async () => {
    const send = await connect();
    const { proof: otpProof, mobile } = await proven();
    expect(await send('open', { otpProof })).toEqual({ event: 'opened', data: { by: mobile } });
    expect(await send('open', { otpProof })).toEqual(refusal('proof_consumed', 'open'));
  });

  it('remembers no proof for the next message of the socket', async () => {
    const send = await connect();
    const { proof: otpProof, mobile } = await proven();
    expect((await send('peek', { otpProof })).data).toEqual({ by: mobile });
    expect(await send('open', {})).toEqual(refusal('proof_required', 'open'));
    expect((await send('peek', {})).data).toEqual({});
  });

  it('remembers none for a message that no guard stands before', async () => {
    const send = await connect();
    const { proof: otpProof } = await proven();
    expect((await send('open', { otpProof })).event).toBe('opened');
    expect(await sendRefused(send, ['greedy', {}], ['hello', {}])).toEqual(opened());
  });

  it('sends nothing back of what the client sent', async () => {
    const send = await connect();
    const { proof: otpProof } = await proven('other');
    const answer = await send('open', { otpProof });
    expect(answer).toEqual(refusal('proof_invalid', 'open'));
    expect(JSON.stringify(answer)).not.toContain(otpProof);
  });

  it.each<[string, unknown]>([
    ['no data', undefined],
    ['a text', 'x'],
    ['a list', []],
    ['null', null],
    ['an empty proof', { otpProof: '' }],
  ])('refuses %s', async (_, data) => {
    const send = await connect();
    expect(await send('open', data)).toEqual(refusal('proof_required', 'open'));
  });

  it.each<[string, unknown]>([
    ['a number', 1],
    ['a list with a proof', ['x']],
    ['an object', { length: 1 }],
  ])('refuses %s as a proof, also where it is optional', async (_, otpProof) => {
    const send = await connect();
    expect(await send('open', { otpProof })).toEqual(refusal('proof_invalid', 'open'));
    expect(await send('peek', { otpProof })).toEqual(refusal('proof_invalid', 'peek'));
  });

  it('takes no proof from the headers that opened the socket: it outlives a message', async () => {
    const { proof } = await proven();
    const send = await connect('/vault', { 'X-OTP-Proof': proof });
    expect(await send('open', {})).toEqual(refusal('proof_required', 'open'));
  });

  it('takes it from where an extractor finds it', async () => {
    const send = await connect();
    const { proof, mobile } = await proven();
    expect((await send('nested', { by: { proof } })).data).toEqual({ by: mobile });
    expect(await send('nested', { otpProof: proof })).toEqual(refusal('proof_required', 'nested'));
  });

  it('leaves nothing in a copy of the data', async () => {
    const send = await connect();
    const { proof: otpProof } = await proven();
    expect((await send('echo', { otpProof })).data).toEqual({ otpProof, symbols: [] });
  });

  it('lets what is marked @SkipOtp() pass, and nothing that has no mark', async () => {
    const send = await connect();
    expect((await send('hello')).event).toBe('opened');
    const { proof: otpProof } = await proven();
    const forgotten: Message = ['forgotten', { otpProof }];
    expect(await sendRefused(send, forgotten, ['peek', {}])).toEqual(opened());
  });

  it('refuses without its filter too, only in fewer words', async () => {
    const send = await connect('/bare');
    const { proof: otpProof } = await proven();
    expect((await sendRefused(send, ['open', {}], ['open', { otpProof }])).event).toBe('opened');
  });
});
