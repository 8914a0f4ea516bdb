import type { StubCall } from '../harness/ants-stub.process.js';
import type { LoadRequest } from '../harness/load.process.js';

/** What happens to each OTP, in this order. */
export const FLOWS = ['request', 'webhook', 'resend', 'verify'] as const;
export type FlowName = (typeof FLOWS)[number];

/** An OTP as its client and ANTS know it; the last three once it was asked for. */
export interface Life {
  mobile: string;
  ip: string;
  messageId: string;
  id: string;
  ticket: string;
  token: string;
}

/** No two neighbours in one block of numbers or at one address: each of these has a limit of its own. */
export function newLife(n: number): Life {
  const mobile = `08${10_000_000 + (n % 1000) * 10_000 + Math.floor(n / 1000)}`;
  const ip = `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`;
  return { mobile, ip, messageId: String(n).padStart(20, '4'), id: '', ticket: '', token: '' };
}

export function requestOf(flow: FlowName, life: Life): LoadRequest {
  const { mobile, ip, id, ticket, token } = life;
  switch (flow) {
    case 'request':
      return { ip, path: '/otp', body: { mobile } };
    case 'webhook':
      return { ip, path: `/otp/delivery-reports/${token}`, body: reportOf(life) };
    case 'resend':
      return { ip, path: `/otp/${id}/resend`, body: { ticket } };
    case 'verify':
      return { ip, path: `/otp/${id}/verify`, body: { ticket, code: '123456' } };
  }
}

/** A push as ANTS documents it. */
const reportOf = ({ mobile, messageId }: Life): object => ({
  bulkId: 'a28dd97c-1ffb-4fcf-99f1-0b557ed381da',
  details: [
    {
      messageId,
      to: `66${mobile.slice(1)}`,
      from: 'ANTS',
      text: 'Your OTP is 123456 (Ref: Mc90XlkyB)',
      credit: '1',
      sendDate: '2026-11-25 10:00:00',
      doneDate: '2026-11-25 10:00:01',
      status: { code: '000', name: 'DELIVERED', description: 'Message delivered to handset' },
    },
  ],
});

/** What a client hears by its answer, and ANTS by its call. */
export function learn(
  lives: readonly Life[],
  bodies: readonly string[],
  calls: readonly StubCall[],
): void {
  const tokens = new Map(
    calls.map((call) => [`0${call.body['mobile']?.slice(2) ?? ''}`, tokenIn(call)]),
  );
  for (const [at, life] of lives.entries()) {
    const { id, ticket } = JSON.parse(bodies[at] ?? '') as Pick<Life, 'id' | 'ticket'>;
    Object.assign(life, { id, ticket, token: tokens.get(life.mobile) });
  }
}

/** What ANTS was told to report to. */
export const tokenIn = ({ body }: StubCall): string => body['notifyUrl']?.split('/').at(-1) ?? '';
