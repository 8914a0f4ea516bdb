import { parseArgs } from 'node:util';
import type { AntsSimulatorOptions } from '../testing/ants-simulator.options.js';
import { DATA_CHECKS } from '../testing/ants-simulator.changes.js';
import { type Check, type Checks, refusal, unknownName } from '../testing/ants-simulator.checks.js';

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
      options[name] = accepted(`--${flag}`, DATA_CHECKS[name], value);
    }
    for (const assignment of set) {
      const [name = '', ...rest] = assignment.split('=');
      const check = checkOf(name);
      options[name] = accepted(`--set ${name}`, check, asSetting(check, rest.join('=')));
    }
    return { kind: 'run', options, quiet };
  } catch (error) {
    return { kind: 'refused', sentence: sentenceOf(error) };
  }
}

function sentenceOf(error: unknown): string {
  const { code, message } = error as { code?: string; message: string };
  if (code !== 'ERR_PARSE_ARGS_UNKNOWN_OPTION') return message;
  const flags = Object.keys(FLAGS).map((flag) => `--${flag}`);
  return `${message} The flags are ${flags.join(', ')}.`;
}

function checkOf(name: string): Check {
  const checks: Checks = DATA_CHECKS;
  const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
  if (!check) throw new Error(`--set: ${unknownName(name, DATA_CHECKS)}`);
  return check;
}

function accepted(flag: string, check: Check, value: unknown): unknown {
  if (check.is(value)) return value;
  throw refusal(flag, check, value);
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
function asSetting(check: Check, text: string): unknown {
  const value = asJson(text);
  return typeof value === 'number' && !check.is(value) && check.is(text) ? text : value;
}

/** JSON where it is JSON (`true`, `3`, `null`, a list), a text otherwise. */
function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
