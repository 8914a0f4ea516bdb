#!/usr/bin/env node
import { AntsSimulator } from '../testing/ants-simulator.js';
import type { SentSms } from '../testing/ants-simulator.account.js';
import type { AntsSimulatorOptions } from '../testing/ants-simulator.options.js';
import { readArguments } from './ants-simulator.arguments.js';
import { HELP } from './ants-simulator.help.js';

/** Exit statuses: 0 stopped or helped, 1 it could not start, 2 the arguments are wrong. */
async function main(args: string[]): Promise<void> {
  const command = readArguments(args);
  switch (command.kind) {
    case 'help':
      endWithReader(() => undefined);
      process.stdout.write(HELP);
      return;
    case 'refused':
      process.stderr.write(`ants-simulator: ${command.sentence} See ants-simulator --help.\n`);
      process.exitCode = 2;
      return;
    case 'run':
      await run(command.options, command.quiet);
  }
}

/** Whoever reads our output went away (`| head -1`): nobody is left to print for. */
function endWithReader(end: () => void): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    end();
  });
}

async function run(options: AntsSimulatorOptions, quiet: boolean): Promise<void> {
  const simulator = new AntsSimulator({ ...options, ...(!quiet && { onSms: printSms }) });
  const started = simulator.start({ keepAlive: true });
  const stop = (): void => {
    started.then(
      () => simulator.stop(),
      () => undefined,
    );
  };
  // Set before the first line of output: whoever reads it may stop us at once.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  endWithReader(stop);
  await started;
  printAddress(simulator);
}

function printAddress({ url, settings }: AntsSimulator): void {
  const { username, password, bearerToken, otcIds } = settings;
  const credential =
    bearerToken === null
      ? [`ANTS_USERNAME=${username}`, `ANTS_PASSWORD=${password}`]
      : [`Authorization: Bearer ${bearerToken}`];
  const lines = [
    `ANTS is simulated at ${url} (control: ${url}/_simulator/). Ctrl-C stops.`,
    `  ANTS_BASE_URL=${url}`,
    ...credential.map((line) => `  ${line}`),
    `  ANTS_OTC_ID=${otcIds[0] ?? ''}`,
    '  OTP_ALLOW_INSECURE=true',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function printSms({ sentAt, to, from, text }: SentSms): void {
  const time = new Date(sentAt).toISOString().slice(11, 19);
  process.stdout.write(`${time} SMS from ${from} to ${to}: ${text}\n`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`ants-simulator: ${error instanceof Error ? error.message : 'failed'}\n`);
  process.exitCode = 1;
});
