import { parseArgs } from 'node:util';
import { UsageError } from './command.js';
import type { Answer, Command, Given, OpenedApp } from './command.js';
import { openApp } from './open-app.js';

/** What is to be printed, and the exit status: 0 done, 1 it failed, 2 the command line is wrong. */
export interface Outcome {
  out: string;
  error: string;
  status: 0 | 1 | 2;
}

const NAME = 'nestjs-ants-otp';
const COMMON = { json: 'boolean', help: 'boolean' } as const;
const OF_AN_APP = { app: 'string', instance: 'string' } as const;

/** Runs what a command line asks for. Never throws. */
export async function runCommand(
  commands: readonly Command[],
  args: readonly string[],
  open: typeof openApp = openApp,
): Promise<Outcome> {
  const [name, ...rest] = args;
  const command = commands.find((one) => one.name === name);
  if (!command) {
    const asksHelp = name === undefined || name === '--help' || name === 'help';
    if (asksHelp) return done(helpOf(commands));
    return refused(`There is no command "${name}". See ${NAME} --help.`);
  }
  let opened: Promise<OpenedApp> | undefined;
  let json = false;
  try {
    const { values, positionals } = parseArgs({
      args: rest,
      options: optionsOf({
        ...COMMON,
        ...(!command.standsAlone && OF_AN_APP),
        ...command.flags,
      }),
      allowPositionals: true,
    });
    if (values['help']) return done(usageOf(command));
    json = values['json'] === true;
    const given: Given = {
      words: positionals,
      flags: values,
      open: () =>
        (opened ??= open(
          values['app'] as string | undefined,
          values['instance'] as string | undefined,
        )),
    };
    const answer = await command.run(given);
    return { ...done(shown(answer, json)), status: answer.failed ? 1 : 0 };
  } catch (error) {
    const message = (error as Error | undefined)?.message ?? 'unknown error';
    if (error instanceof UsageError || isParseError(error))
      return refused(`${command.name}: ${message} See ${NAME} ${command.name} --help.`);
    return {
      out: json ? `${JSON.stringify({ error: message })}\n` : '',
      error: `${message}\n`,
      status: 1,
    };
  } finally {
    // The answer stands, however the app ends.
    await opened?.then(({ app }) => app.close()).catch(() => undefined);
  }
}

const shown = ({ value, text }: Answer, json: boolean): string =>
  `${json ? JSON.stringify(value) : text}\n`;

const done = (out: string): Outcome => ({ out, error: '', status: 0 });
const refused = (sentence: string): Outcome => ({ out: '', error: `${sentence}\n`, status: 2 });

const optionsOf = (
  flags: Readonly<Record<string, 'string' | 'boolean'>>,
): Record<string, { type: 'string' | 'boolean' }> =>
  Object.fromEntries(Object.entries(flags).map(([flag, type]) => [flag, { type }]));

const isParseError = (error: unknown): boolean =>
  String((error as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS_');

function usageOf({ name, usage, about, standsAlone }: Command): string {
  const ofAnApp = standsAlone ? '' : '[--app <file>] [--instance <name>]';
  const parts = [NAME, name, usage, ofAnApp, '[--json]'].filter((part) => part !== '');
  return `Usage: ${parts.join(' ')}\n\n${about}\n`;
}

function helpOf(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const lines = commands.map(({ name, about }) => `  ${name.padEnd(width)}  ${about}`);
  return `Usage: ${NAME} <command> [options]

${lines.join('\n')}

  --app <file>   your compiled root module, such as dist/app.module.js: its options are used, and it
                 does not listen. Without it: DATABASE_URL and the ANTS_ and OTP_ variables
  --instance <name>
                 which of the app's OtpModules, if it has more than the one without a name
  --json         the answer for programs
  --help         print this, or what one command takes
`;
}
