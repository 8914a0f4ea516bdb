import { Injectable } from '@nestjs/common';
import { Clock } from '../ports/clock.js';
import { DatabaseProbe } from '../ports/database-probe.js';
import { ProviderBalance } from './provider-balance.js';
import type { Balance } from './provider-balance.js';
import { ProviderGate } from './provider-gate.js';
import type { ProviderHealth } from './provider-gate.js';

/** Three looks that saw nothing: what was seen before says nothing of now. Seconds. */
const BALANCE_IS_OLD = 900;
/** Who asks for health gives up soon as well. Milliseconds. */
const PATIENCE_MS = 3_000;

/** The result of an indicator as `@nestjs/terminus` takes it; the package itself is not imported. */
export type OtpHealth<Key extends string, Facts> = Record<Key, { status: 'up' | 'down' } & Facts>;

/** `migrations`: not known while the database does not answer. */
export interface OtpDatabaseHealth {
  migrations?: 'applied' | 'missing';
  message?: string;
}

/** `balance`: what the account had left, `balanceAge` seconds ago; missing until it was seen. */
export interface OtpProviderHealth extends ProviderHealth {
  balance?: number;
  balanceAge?: number;
  message?: string;
}

/**
 * Health checks for `@nestjs/terminus` (11 and newer), or for a controller of your own. Cheap enough to
 * be asked every second. No message tells addresses, credentials or anything of an OTP.
 *
 * @example
 * health.check([() => otp.database('otp-database'), () => otp.provider('otp-provider')]);
 * @hideconstructor
 */
@Injectable()
export class OtpHealthIndicator {
  private looking: Promise<readonly string[]> | undefined;

  constructor(
    private readonly probe: DatabaseProbe,
    private readonly gate: ProviderGate,
    private readonly balance: ProviderBalance,
    private readonly clock: Clock,
  ) {}

  /** Whether the database answers and has the tables of this version: without them nothing works. One statement. */
  async database<Key extends string>(key: Key): Promise<OtpHealth<Key, OtpDatabaseHealth>> {
    try {
      const missing = await this.missingColumns();
      if (missing.length === 0) return result(key, 'up', { migrations: 'applied' });
      return result(key, 'down', {
        migrations: 'missing',
        message: 'The tables are not those of this version. Run the migrations (otpMigrations).',
      });
    } catch {
      return result(key, 'down', { message: 'The database does not answer.' });
    }
  }

  /**
   * Whether SMS can leave, as far as this process knows from its own calls and a look at the credit every
   * five minutes. No I/O: ANTS is never waited for. Not for a load balancer, which would take every
   * process away when ANTS is.
   */
  provider<Key extends string>(key: Key): OtpHealth<Key, OtpProviderHealth> {
    const { health } = this.gate;
    const balance = this.balance.look();
    const message = troubleOf(health, balance);
    return result(key, message === null ? 'up' : 'down', {
      ...health,
      ...(balance && { balance: balance.credit, balanceAge: balance.age }),
      ...(message !== null && { message }),
    });
  }

  /** One look for all who ask meanwhile: a database that hangs is not asked again and again. */
  private async missingColumns(): Promise<readonly string[]> {
    this.looking ??= this.probe.missingColumns().finally(() => (this.looking = undefined));
    const patience = new AbortController();
    const late = this.clock.sleep(PATIENCE_MS, patience.signal).then(() => {
      throw new Error(`no answer within ${PATIENCE_MS} ms`);
    });
    try {
      return await Promise.race([this.looking, late]);
    } finally {
      patience.abort();
    }
  }
}

const result = <Key extends string, Facts>(
  key: Key,
  status: 'up' | 'down',
  facts: Facts,
): OtpHealth<Key, Facts> => ({ [key]: { status, ...facts } }) as OtpHealth<Key, Facts>;

function troubleOf(health: ProviderHealth, balance: Balance | null): string | null {
  if (health.configuration === 'refused') return 'The provider refuses our credentials or otcId.';
  const known = balance !== null && balance.age <= BALANCE_IS_OLD;
  const isEmpty = known && !balance.postpaid && balance.credit <= 0;
  if (health.credit === 'out' || isEmpty) return 'The credit is out.';
  // Half open is up: the next call decides, and somebody has to make it.
  return health.circuit === 'open' ? 'The provider does not answer.' : null;
}
