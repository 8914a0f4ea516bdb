import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '../testing/fake-clock.js';
import type { DatabaseAccess } from '../domain/database-access.js';
import type { DatabaseProbe } from '../ports/database-probe.js';
import { OtpHealthIndicator } from './otp-health-indicator.js';
import { ProviderBalance } from './provider-balance.js';
import type { OtpProvider } from '../ports/otp-provider.js';
import type { ProviderGate, ProviderHealth } from './provider-gate.js';

const SOUND: ProviderHealth = { circuit: 'closed', credit: 'ok', configuration: 'ok' };

const SOUND_DATABASE: DatabaseAccess = { role: 'app', readOnly: null, tables: [] };

function indicator(
  access: DatabaseProbe['access'],
  account: OtpProvider['account'] = () => Promise.resolve(null),
) {
  const clock = new FakeClock();
  const all: object = { access, account, health: SOUND };
  const balance = new ProviderBalance(all as OtpProvider, clock);
  const health = new OtpHealthIndicator(all as DatabaseProbe, all as ProviderGate, balance, clock);
  return { clock, health };
}
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('the health of the database', () => {
  it('is down after 3 s without an answer, which nobody asks for twice', async () => {
    let asked = 0;
    const { clock, health } = indicator(() => {
      asked += 1;
      return new Promise(() => undefined);
    });
    for (let n = 0; n < 3; n++) {
      const looked = health.database('db');
      clock.advance(3);
      expect(await looked).toEqual({
        db: { status: 'down', message: 'The database does not answer.' },
      });
    }
    expect(asked).toBe(1);
  });

  it('tells nothing of an error but that there is one, and looks anew', async () => {
    const answers = [
      Promise.reject(new Error('connect ECONNREFUSED 10.0.0.3')),
      Promise.resolve(SOUND_DATABASE),
    ];
    const { health } = indicator(() => answers.shift()!);
    expect(await health.database('db')).toEqual({
      db: { status: 'down', message: 'The database does not answer.' },
    });
    expect(await health.database('db')).toMatchObject({ db: { status: 'up' } });
  });
});

describe('the health of the provider', () => {
  const sound = () => Promise.resolve(SOUND_DATABASE);

  it.each([
    ['pays afterwards', { kind: 'known', credit: 0, postpaid: true }, 'up'],
    ['has nothing left', { kind: 'known', credit: 0, postpaid: false }, 'down'],
    ['does not answer', { kind: 'not_reached', detail: 'no' }, 'up'],
  ] as const)('knows an account that %s', async (_, outcome, status) => {
    const { health } = indicator(sound, () => Promise.resolve(outcome));
    health.provider('sms');
    await settle();
    expect(health.provider('sms').sms).toMatchObject({ status });
  });

  it('keeps the last credit when the next look fails, and tells its age', async () => {
    const answers = [Promise.resolve({ kind: 'known', credit: 7, postpaid: false } as const)];
    const { clock, health } = indicator(
      sound,
      () => answers.shift() ?? Promise.reject(new Error()),
    );
    health.provider('sms');
    await settle();
    clock.advance(600);
    health.provider('sms');
    await settle();
    expect(health.provider('sms').sms).toMatchObject({ balance: 7, balanceAge: 600 });
  });
});
