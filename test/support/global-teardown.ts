import { rm } from 'node:fs/promises';

/** Ends what `global-setup.ts` began; it shares the global object, and no module, with this. */
export default async function globalTeardown(): Promise<void> {
  await (globalThis as { stopPostgres?: () => Promise<void> }).stopPostgres?.();
  const build = process.env.OTP_TEST_BUILD;
  if (build) await rm(build, { recursive: true, force: true });
}
