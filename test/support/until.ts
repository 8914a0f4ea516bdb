import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until something has become true, asking again and again. @throws Error after 10 s */
export async function until(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 10_000;
  while (!(await isTrue())) {
    if (Date.now() > end) throw new Error(`After 10 s it is still not true that ${what}.`);
    await sleep(20);
  }
}
