import { Injectable } from '@nestjs/common';
import { accessProblems } from '../domain/database-access.js';
import type { AccessProblem, DatabaseAccess } from '../domain/database-access.js';
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

/** Both are missing while the database does not answer. */
export interface OtpDatabaseHealth {
  migrations?: 'applied' | 'missing';
  /** Whether the role may do with the tables what this module needs, and sees all rows. */
  access?: 'ok' | 'rights' | 'row_security' | 'read_only';
  message?: string;
}

/** No role, no schema: a health check is often public. The doctor says the rest. */
const MESSAGES: Record<AccessProblem['kind'], string> = {
  schema: 'The tables are not those of this version. Run the migrations (otpMigrations).',
  rights: 'The database role lacks rights on the tables. `npx nestjs-ants-otp doctor` names them.',
  row_security: 'Row-level security hides rows. `npx nestjs-ants-otp doctor` names the tables.',
  read_only: 'The database cannot be written to: it is a standby, or read-only by a setting.',
};

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
  private looking: Promise<DatabaseAccess> | undefined;

  constructor(
    private readonly probe: DatabaseProbe,
    private readonly gate: ProviderGate,
    private readonly balance: ProviderBalance,
    private readonly clock: Clock,
  ) {}

  /**
   * Whether the database answers, has the tables of this version, and lets this module read and write them.
   * One statement.
   */
  async database<Key extends string>(key: Key): Promise<OtpHealth<Key, OtpDatabaseHealth>> {
    try {
      const kinds = accessProblems(await this.access()).map(({ kind }) => kind);
      const [worst] = kinds;
      return result(key, worst === undefined ? 'up' : 'down', {
        migrations: kinds.includes('schema') ? 'missing' : 'applied',
        access: kinds.find((kind) => kind !== 'schema') ?? 'ok',
        ...(worst && { message: MESSAGES[worst] }),
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
  private async access(): Promise<DatabaseAccess> {
    this.looking ??= this.probe.access().finally(() => (this.looking = undefined));
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
