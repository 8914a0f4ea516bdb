import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { accessProblems } from '../domain/database-access.js';
import type { AccessProblem } from '../domain/database-access.js';
import { OtpSettings } from '../options/otp.settings.js';
import { Clock } from '../ports/clock.js';
import { DatabaseProbe } from '../ports/database-probe.js';
import type { DatabaseState } from '../ports/database-probe.js';
import { OtpProvider } from '../ports/otp-provider.js';
import type { AccountOutcome } from '../ports/otp-provider.js';
import { OtpStore } from '../ports/otp-store.js';
import type { ReportReadings } from '../ports/otp-store.js';
import { WebhookAddress } from '../ports/webhook-address.js';
import { KeyRing } from './key-ring.js';
import { messageOf } from './message-of.js';

/** One thing that was looked at. */
export interface OtpFinding {
  check:
    | 'account'
    | 'credit'
    | 'budget'
    | 'database'
    | 'schema'
    | 'rights'
    | 'row_security'
    | 'read_only'
    | 'clock'
    | 'pooler'
    | 'webhook'
    | 'reports';
  state: 'ok' | 'warning' | 'failed';
  /** What was found, in one sentence. */
  says: string;
  /** What to do about it. */
  fix?: string;
}

/** Fewer SMS than this are gone in an afternoon. */
const LITTLE_CREDIT = 100;
/** Proofs allow two clocks to differ by 30 s; half of it is time to look. Seconds. */
const SKEW_WARNING = 15;
const SKEW_FAILED = 30;
/** As long as ANTS may take to give up. Milliseconds. */
const PROBE_WAIT_MS = 5_000;

/**
 * Looks whether all that the module needs is in order: the account at ANTS, the database, the way of
 * delivery reports through the public address. For operators; it sends no SMS.
 *
 * @hideconstructor
 */
@Injectable()
export class OtpDoctor {
  constructor(
    private readonly provider: OtpProvider,
    private readonly database: DatabaseProbe,
    private readonly store: OtpStore,
    private readonly webhook: WebhookAddress,
    private readonly keys: KeyRing,
    private readonly settings: OtpSettings,
    private readonly clock: Clock,
  ) {}

  /** Never throws: what cannot be looked at is a finding. */
  async examine(): Promise<OtpFinding[]> {
    const looks = [this.account(), this.budget(), this.storage(), this.path(), this.reports()];
    return (await Promise.all(looks)).flat();
  }

  private async account(): Promise<OtpFinding[]> {
    const outcome = await this.askAccount();
    if (outcome === null)
      return [{ check: 'account', state: 'ok', says: 'Your own provider is not asked.' }];
    switch (outcome.kind) {
      case 'known': {
        const { credit, postpaid } = outcome;
        const little = !postpaid && credit < LITTLE_CREDIT;
        return [
          { check: 'account', state: 'ok', says: 'ANTS accepts the credentials.' },
          {
            check: 'credit',
            state: !little ? 'ok' : credit > 0 ? 'warning' : 'failed',
            says: postpaid ? 'The account pays afterwards.' : `The credit is ${credit}.`,
            ...(little && { fix: 'Top the account up.' }),
          },
        ];
      }
      case 'refused':
        return [
          {
            ...{ check: 'account', state: 'failed', says: outcome.detail },
            fix: 'Check username and password (or token) and "baseUrl".',
          },
        ];
      case 'not_reached':
      case 'unknown':
        return [
          {
            ...{ check: 'account', state: 'failed', says: outcome.detail },
            fix: 'Check "baseUrl", "proxy", and whether this machine may call out.',
          },
        ];
    }
  }

  /** A provider of the app's own may throw. */
  private async askAccount(): Promise<AccountOutcome | null> {
    try {
      return await this.provider.account();
    } catch (error) {
      const detail = `The provider could not be asked: ${messageOf(error)}`;
      return { kind: 'unknown', detail };
    }
  }

  private budget(): Promise<OtpFinding[]> {
    const { dailyBudget } = this.settings;
    return Promise.resolve([
      dailyBudget === false
        ? {
            ...{ check: 'budget', state: 'warning', says: 'Nothing bounds the SMS of a day.' },
            fix: 'Set "dailyBudget".',
          }
        : { check: 'budget', state: 'ok', says: `At most ${dailyBudget} SMS a day.` },
    ]);
  }

  private async storage(): Promise<OtpFinding[]> {
    const begun = this.clock.now();
    try {
      const state = await this.database.examine();
      return [
        { check: 'database', state: 'ok', says: `PostgreSQL ${state.version}.` },
        ...tables(state),
        skew(state, begun, this.clock.now()),
        pooler(state, this.settings.preparedStatements),
      ];
    } catch (error) {
      const says = `The database could not be asked: ${messageOf(error)}`;
      return [{ check: 'database', state: 'failed', says, fix: 'Check its address and rights.' }];
    }
  }

  /** Two pushes by the public address: one that only this app takes, one that it refuses. */
  private async path(): Promise<OtpFinding[]> {
    const { publicUrl, webhookAddresses } = this.settings;
    const token = this.keys.probeToken(uuidv7({ msecs: this.clock.now() }));
    const url = this.webhook.urlOf(token);
    if (publicUrl === null || url === null)
      return [
        {
          ...{ check: 'webhook', state: 'warning', says: 'No delivery reports are asked for.' },
          fix: 'Set "publicUrl".',
        },
      ];
    if (webhookAddresses !== null)
      return [
        {
          check: 'webhook',
          state: 'warning',
          says: 'Not tried, since only listed addresses may report ("webhookAddresses").',
        },
      ];
    const forged = url.slice(0, -1) + (url.endsWith('A') ? 'B' : 'A');
    const answers = [await this.push(url), await this.push(forged)];
    const [good, bad] = answers;
    if (good === 200 && bad === 404)
      return [{ check: 'webhook', state: 'ok', says: `${publicUrl} leads to this app.` }];
    return [
      {
        check: 'webhook',
        state: 'failed',
        says: `A push by ${publicUrl} was answered with ${String(good)}, one with a bad token with ${String(bad)}; it should be 200 and 404.`,
        fix:
          good === 503
            ? 'Something reads the body of requests before this module, or the app is shutting down: mount body parsers after it, let them skip the path of the webhook, or keep "request.rawBody".'
            : 'Check that the address leads to a running app with the same secret, instance and path; if the app has a global prefix, ask OtpDoctor inside the app.',
      },
    ];
  }

  private async reports(): Promise<OtpFinding[]> {
    try {
      return [readings(await this.store.reportReadings(this.settings.instance))];
    } catch {
      // Why is said by the findings on the database.
      const says = 'Not checked: the history of delivery reports could not be read.';
      return [{ check: 'reports', state: 'warning', says }];
    }
  }

  private async push(url: string): Promise<number | string> {
    const { webhookAuth } = this.settings;
    const basic = webhookAuth && `${webhookAuth.username}:${webhookAuth.password}`;
    try {
      const { status } = await fetch(url, {
        method: 'POST',
        body: '{}',
        headers: {
          'content-type': 'application/json',
          ...(basic && { authorization: `Basic ${Buffer.from(basic).toString('base64')}` }),
        },
        redirect: 'manual',
        signal: AbortSignal.timeout(PROBE_WAIT_MS),
      });
      return status;
    } catch {
      return 'no answer';
    }
  }
}

function readings({ unreadable, lastUnreadable, lastRead }: ReportReadings): OtpFinding {
  if (lastUnreadable === null)
    return { check: 'reports', state: 'ok', says: 'No unreadable delivery report in 24 h.' };
  const { at, reason } = lastUnreadable;
  const readSince = lastRead !== null && lastRead > at;
  return {
    check: 'reports',
    state: readSince ? 'warning' : 'failed',
    says: `OTPs whose delivery report could not be read in the last 24 h: ${unreadable}. The newest of these reports came at ${at.toISOString()} (${reason}); ${readSince ? 'later ones were' : 'no later one was'} read.`,
    fix: 'See "Delivery reports cannot be read" in docs/operations.md.',
  };
}

const SOUND: Record<AccessProblem['kind'], string> = {
  schema: 'The tables are those of this version.',
  rights: 'The database role has every right that is needed.',
  row_security: 'Row-level security hides no row.',
  read_only: 'The database can be written to.',
};

function tables({ access }: DatabaseState): OtpFinding[] {
  const problems = accessProblems(access);
  return (Object.keys(SOUND) as AccessProblem['kind'][]).map((check) => {
    const found = problems.find(({ kind }) => kind === check);
    if (!found) return { check, state: 'ok', says: SOUND[check] };
    return { check, state: 'failed', says: found.says, fix: found.fix };
  });
}

function skew({ now }: DatabaseState, begun: number, ended: number): OtpFinding {
  // The database answered at some moment between the two.
  const apart = Math.max(0, begun - now.getTime(), now.getTime() - ended) / 1000;
  const says = `The clocks of this machine and the database are ${apart.toFixed(1)} s apart.`;
  if (apart <= SKEW_WARNING) return { check: 'clock', state: 'ok', says };
  const state = apart <= SKEW_FAILED ? 'warning' : 'failed';
  return { check: 'clock', state, says, fix: 'Run NTP on both.' };
}

function pooler({ pooled }: DatabaseState, prepared: boolean): OtpFinding {
  if (!pooled) return { check: 'pooler', state: 'ok', says: 'No pooler in transaction mode.' };
  const says = 'A pooler in transaction mode stands before the database';
  if (!prepared) return { check: 'pooler', state: 'ok', says: `${says}, as configured.` };
  return {
    ...{ check: 'pooler', state: 'failed', says: `${says}; statements will fail.` },
    fix: 'Set "preparedStatements: false".',
  };
}
