import { spawnSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Ends what `global-setup.ts` began; it shares the global object, and no module, with this. Then the
 * leak check: a throw here fails the run.
 */
export default async function globalTeardown(): Promise<void> {
  const { stopPooler, stopPostgres } = globalThis as {
    stopPooler?: () => Promise<void>;
    stopPostgres?: () => Promise<void>;
  };
  const { OTP_TEST_BUILD: build, OTP_TEST_RECORD: record } = process.env;
  try {
    await stopPooler?.();
    await stopPostgres?.();
    if (build && record) checkForLeaks(build, record);
  } finally {
    for (const folder of [build, record])
      if (folder) await rm(folder, { recursive: true, force: true });
  }
}

/** By the compiled files: Jest loads this one without the rule that maps `.js` to `.ts`. */
function checkForLeaks(build: string, record: string): void {
  const program = join(build, 'test/support/leaks/report-run.js');
  const { status } = spawnSync(process.execPath, [program, record], { stdio: 'inherit' });
  if (status !== 0) throw new Error('The leak check failed; what it found stands above.');
}
