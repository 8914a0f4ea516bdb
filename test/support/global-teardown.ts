/** Stops what `global-setup.ts` started; it shares the global object, and no module, with this. */
export default async function globalTeardown(): Promise<void> {
  await (globalThis as { stopPostgres?: () => Promise<void> }).stopPostgres?.();
}
