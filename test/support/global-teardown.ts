import { rm } from 'node:fs/promises';

/** Ends what `global-setup.ts` began; it shares the global object, and no module, with this. */
export default async function globalTeardown(): Promise<void> {
  const { stopPooler, stopPostgres } = globalThis as {
    stopPooler?: () => Promise<void>;
    stopPostgres?: () => Promise<void>;
  };
  await stopPooler?.();
  await stopPostgres?.();
  const build = process.env.OTP_TEST_BUILD;
  if (build) await rm(build, { recursive: true, force: true });
}
