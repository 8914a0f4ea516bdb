import { RekeyStore } from '../ports/rekey-store.js';
import type { NumbersPage, Page } from '../ports/rekey-store.js';
import type { MemoryControlStore } from './memory-control.store.js';

/** What is in memory ends with its process, so nothing of it is ever under a former look-up key. */
export class MemoryRekeyStore extends RekeyStore {
  constructor(private readonly controls: MemoryControlStore) {
    super();
  }

  stoppedFor(key: string): Promise<number | null> {
    return Promise.resolve(this.controls.isStopped(key) ? Infinity : null);
  }

  numbersAfter(): Promise<NumbersPage> {
    return Promise.resolve({ rows: [], last: null, unknown: 0 });
  }

  rekeyNumbers(): Promise<number> {
    return Promise.resolve(0);
  }

  limitsAfter(): Promise<Page<never>> {
    return Promise.resolve({ rows: [], last: null });
  }

  rekeyLimits(): Promise<number> {
    return Promise.resolve(0);
  }
}
