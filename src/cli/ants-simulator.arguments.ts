import { parseArgs } from 'node:util';
import type { AntsSimulatorOptions } from '../testing/ants-simulator.options.js';
import { CHANGE_CHECKS } from '../testing/ants-simulator.changes.js';
import { type Check, whole } from '../testing/ants-simulator.checks.js';

/** What the command was asked for. */
export type Command =
  | { kind: 'help' }
  | { kind: 'run'; options: AntsSimulatorOptions; quiet: boolean }
  | { kind: 'refused'; sentence: string };

const DEFAULT_PORT = 8090;

/** Every flag of the command. */
export const FLAGS = {
  port: { type: 'string' },
  username: { type: 'string' },
  password: { type: 'string' },
  'otc-id': { type: 'string', multiple: true },
  'code-length': { type: 'string' },
  ttl: { type: 'string' },
  'max-attempts': { type: 'string' },
  latency: { type: 'string' },
  'fail-rate': { type: 'string' },
  seed: { type: 'string' },
  reports: { type: 'string' },
  set: { type: 'string', multiple: true },
  quiet: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** The option of the simulator that a flag gives, and how its text is read. */
const OPTIONS = {
  port: ['port', asNumber],
  username: ['username', asText],
  password: ['password', asText],
  'otc-id': ['otcIds', asText],
  'code-length': ['codeLength', asNumber],
  ttl: ['ttl', asNumber],
  'max-attempts': ['maxAttempts', asNumber],
  latency: ['latencyMs', asLatency],
  'fail-rate': ['failRate', asNumber],
  seed: ['seed', asNumber],
  reports: ['reports', asText],
} as const satisfies Record<
  string,
  readonly [keyof AntsSimulatorOptions, (text: string) => unknown]
>;

const CHECKS: Readonly<Record<string, Check>> = { ...CHANGE_CHECKS, port: whole(0, 65_535) };

/** Reads the command line. Never throws: what is wrong comes back as one sentence. */
export function readArguments(args: string[]): Command {
  try {
    const { values } = parseArgs({ args, options: FLAGS });
    if (values.help) return { kind: 'help' };
    const { set = [], quiet = false } = values;
    const options: Record<string, unknown> = { port: DEFAULT_PORT };
    for (const [flag, [name, read]] of Object.entries(OPTIONS)) {
      const given = values[flag as keyof typeof OPTIONS];
      if (given === undefined) continue;
      const value = typeof given === 'string' ? read(given) : given.map(read);
      options[name] = accepted(`--${flag}`, CHECKS[name], value);
    }
    for (const assignment of set) {
      const [name = '', ...rest] = assignment.split('=');
      const check = Object.hasOwn(CHECKS, name) ? CHECKS[name] : undefined;
      options[name] = accepted(`--set ${name}`, check, asSetting(check, rest.join('=')));
    }
    return { kind: 'run', options, quiet };
  } catch (error) {
    return { kind: 'refused', sentence: error instanceof Error ? error.message : String(error) };
  }
}

function accepted(flag: string, check: Check | undefined, value: unknown): unknown {
  if (!check) throw new Error(`${flag}: the simulator has no such option.`);
  if (check.is(value)) return value;
  throw new Error(`${flag} must be ${check.wants}, got ${JSON.stringify(value)}.`);
}

function asText(text: string): string {
  return text;
}

/** A text that is no number stays a text, so that the refusal can show it. */
function asNumber(text: string): number | string {
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

/** `50` or `50-400`. */
function asLatency(text: string): unknown {
  const [, min, max] = /^(\d+)-(\d+)$/.exec(text) ?? [];
  return min === undefined ? asNumber(text) : [Number(min), Number(max)];
}

/** Digits are a text where only a text will do: `mobileForm=66`. */
function asSetting(check: Check | undefined, text: string): unknown {
  const value = asJson(text);
  return typeof value === 'number' && !check?.is(value) && check?.is(text) ? text : value;
}

/** JSON where it is JSON (`true`, `3`, `null`, a list), a text otherwise. */
function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
