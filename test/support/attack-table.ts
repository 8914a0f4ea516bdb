import { expect } from '@jest/globals';

/** What an attack tried, what is allowed, and what was seen. */
export interface AttackRow {
  tried: string;
  allowed: string;
  measured: string;
}

/** The rows of the attacks that ran; a run with long counts (`npm run attack`) prints them for docs/security.md. */
export class AttackTable {
  private readonly rows: string[] = [];

  /** Adds the row of the test that runs now, by its name. */
  add({ tried, allowed, measured }: AttackRow): void {
    const name = expect.getState().currentTestName?.replace(/^attacks /, '') ?? '';
    this.rows.push(`| ${name} | ${tried} | ${allowed} | ${measured} |`);
  }

  print(): void {
    if (process.env.OTP_TEST_SHARE === undefined) return;
    const head = ['| attack | tried | allowed | measured |', '|---|---|---|---|'];
    process.stdout.write(`\n${[...head, ...this.rows].join('\n')}\n\n`);
  }
}
