import { parseArgs } from 'node:util';
import type { AntsAccountAddress } from './ants-caller.js';

/** A run against a service. */
export interface ConformanceArguments extends AntsAccountAddress {
  otcId: string;
  /** `66812345678` */
  mobile: string;
  allowSms: number;
  /** Nobody else uses the otcId during the run. */
  alone: boolean;
  askCode: boolean;
  /** Seconds to wait for a code to expire; 0 skips what needs it. */
  waitSeconds: number;
  /** The public address of `listen`, if reports can come in. */
  notifyUrl?: string;
  listen: number;
}

/** What was asked for. */
export type ConformanceCommand =
  | { kind: 'help' | 'simulator' }
  | { kind: 'refused'; sentence: string }
  | ({ kind: 'service' } & ConformanceArguments);

export const HELP = `Usage: npm run conformance [-- options]

Without options: the simulator, in each of its readings. With options: your own account.

  --base-url <url>      where the service is
  --username <text>     HTTP Basic; the password is read from ANTS_PASSWORD
  --bearer              the value of ANTS_PASSWORD is a Bearer token
  --otc-id <text>       your OTP configuration
  --mobile <number>     a number of your own; every SMS goes there
  --allow-sms <number>  SMS that may be sent, each costs credit (0)
  --alone               nobody else uses the otcId now: also tries a resend by the otcId alone
  --ask-code            asks for the codes that arrive
  --wait <seconds>      life of a code, to see it expire (0: not looked at)
  --notify-url <url>    public address that leads to --listen, for delivery reports
  --listen <port>       port on 127.0.0.1 for them (9100)`;

/** Reads the command line. Never throws: what is wrong comes back as one sentence. */
export function readArguments(args: string[], secret = ''): ConformanceCommand {
  if (args.length === 0) return { kind: 'simulator' };
  try {
    const { values } = parseArgs({
      args,
      options: {
        'base-url': { type: 'string' },
        username: { type: 'string', default: '' },
        bearer: { type: 'boolean', default: false },
        'otc-id': { type: 'string' },
        mobile: { type: 'string' },
        'allow-sms': { type: 'string', default: '0' },
        alone: { type: 'boolean', default: false },
        'ask-code': { type: 'boolean', default: false },
        wait: { type: 'string', default: '0' },
        'notify-url': { type: 'string' },
        listen: { type: 'string', default: '9100' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return { kind: 'help' };
    if (secret === '') throw new Error('ANTS_PASSWORD is not set.');
    const baseUrl = given('--base-url', values['base-url']);
    if (!URL.canParse(baseUrl)) throw new Error(`--base-url is no URL: "${baseUrl}".`);
    return {
      kind: 'service',
      baseUrl,
      username: values.bearer ? '' : given('--username', values.username),
      password: secret,
      ...(values.bearer && { bearerToken: secret }),
      otcId: given('--otc-id', values['otc-id']),
      mobile: wireMobile(given('--mobile', values.mobile)),
      allowSms: count('--allow-sms', values['allow-sms']),
      alone: values.alone,
      askCode: values['ask-code'],
      waitSeconds: count('--wait', values.wait),
      notifyUrl: values['notify-url'],
      listen: count('--listen', values.listen),
    };
  } catch (error) {
    return { kind: 'refused', sentence: error instanceof Error ? error.message : String(error) };
  }
}

function given(flag: string, value: string | undefined): string {
  if (!value) throw new Error(`${flag} is missing. See npm run conformance -- --help`);
  return value;
}

function count(flag: string, value: string): number {
  if (!/^\d{1,5}$/.test(value)) throw new Error(`${flag} must be a whole number, got "${value}".`);
  return Number(value);
}

function wireMobile(mobile: string): string {
  const wire = mobile.replace(/[\s+-]/g, '').replace(/^0/, '66');
  if (!/^66[6-9]\d{8}$/.test(wire))
    throw new Error(`--mobile must be a Thai mobile number, got "${mobile}".`);
  return wire;
}
