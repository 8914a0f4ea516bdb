import { setTimeout as sleep } from 'node:timers/promises';
import { createInterface } from 'node:readline/promises';
import { AntsCaller } from './ants-caller.js';
import { type ConformanceArguments, HELP, readArguments } from './arguments.js';
import { checkFacts } from './check-facts.js';
import { checkSimulator } from './check-simulator.js';
import type { Finding } from './fact.js';
import { FACTS } from './facts.js';
import { findingsTable } from './findings-table.js';
import { Probe } from './probe.js';
import { READINGS } from './readings.js';
import { receiveReports } from './report-receiver.js';

/** `npm run conformance`: exit 0 when nothing was a surprise, 1 when something was, 2 for bad arguments. */
async function main(): Promise<void> {
  const command = readArguments(process.argv.slice(2), process.env.ANTS_PASSWORD);
  switch (command.kind) {
    case 'help':
      console.log(HELP);
      return;
    case 'refused':
      console.error(`conformance: ${command.sentence}`);
      process.exitCode = 2;
      return;
    case 'simulator':
      await simulator();
      return;
    case 'service':
      tell(await service(command));
  }
}

/** The simulator in each of its readings; the first whole, of the others what differs. */
async function simulator(): Promise<void> {
  for (const [index, { name, options }] of READINGS.entries()) {
    const findings = await checkSimulator(options);
    const shown = index === 0 ? findings : findings.filter(({ verdict }) => verdict !== 'expected');
    console.log(`\n${name}: ${summary(findings)}`);
    if (shown.length > 0) console.log(findingsTable(shown));
    if (findings.some(({ verdict }) => verdict === 'surprise')) process.exitCode = 1;
  }
}

async function service(given: ConformanceArguments): Promise<Finding[]> {
  const { baseUrl, username, password, bearerToken, otcId, mobile, allowSms } = given;
  const { alone, askCode, waitSeconds, notifyUrl, listen } = given;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const receiver = notifyUrl === undefined ? undefined : await receiveReports(listen);
  const probe = new Probe({
    caller: new AntsCaller({ baseUrl, username, password, bearerToken }),
    otcId,
    mobile,
    allowSms,
    alone,
    ...(askCode && {
      readCode: (reference: string) => terminal.question(`Code of the SMS with Ref ${reference}: `),
    }),
    ...(waitSeconds > 0 && { letPass: (lives: number) => sleep(waitSeconds * 1000 * lives) }),
    ...(receiver &&
      notifyUrl !== undefined && {
        reports: { notifyUrl, next: () => receiver.next(), waits: () => receiver.waits() },
      }),
  });
  try {
    return await checkFacts(FACTS, probe);
  } finally {
    terminal.close();
    receiver?.close();
    console.log(`SMS sent: ${probe.smsUsed} of ${allowSms} allowed.`);
  }
}

function tell(findings: readonly Finding[]): void {
  console.log(findingsTable(findings));
  console.log(summary(findings));
  if (findings.some(({ verdict }) => verdict === 'surprise')) process.exitCode = 1;
}

function summary(findings: readonly Finding[]): string {
  return (['expected', 'reading', 'surprise', 'skipped'] as const)
    .map(
      (verdict) => `${findings.filter((finding) => finding.verdict === verdict).length} ${verdict}`,
    )
    .join(', ');
}

await main();
