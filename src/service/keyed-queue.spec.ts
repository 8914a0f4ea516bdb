import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock } from '../testing/fake-clock.js';
import { KeyedQueue, QueueTimeout } from './keyed-queue.js';

/** A task that runs until it is told how to end. */
class Task {
  started = false;
  end: () => void = () => undefined;
  fail: (error: Error) => void = () => undefined;
  private readonly result = new Promise<string>((resolve, reject) => {
    this.end = () => {
      resolve('done');
    };
    this.fail = reject;
  });
  readonly run = (): Promise<string> => {
    this.started = true;
    return this.result;
  };
}

/** Lets everything happen that waits for nothing but its turn. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('KeyedQueue', () => {
  let clock: FakeClock;
  let queue: KeyedQueue;
  /** Starts tasks in one line; each may wait one second longer than the one before. */
  const line = (...tasks: Task[]): Promise<unknown>[] =>
    tasks.map((task, i) =>
      queue.run('otp', 1000 * (i + 1), task.run).catch((error: unknown) => error),
    );
  const started = (...tasks: Task[]): boolean[] => tasks.map((task) => task.started);

  beforeEach(() => {
    clock = new FakeClock();
    queue = new KeyedQueue(clock);
  });

  it('gives the answer of the task', async () => {
    await expect(queue.run('otp', 1000, () => Promise.resolve(42))).resolves.toBe(42);
  });

  it('runs one task of a key at a time', async () => {
    const [first, second] = [new Task(), new Task()];
    void line(first, second);
    await settled();
    expect(started(first, second)).toEqual([true, false]);
  });

  it('keeps the order in which they came', async () => {
    const tasks = [new Task(), new Task(), new Task()];
    void line(...tasks);
    const seen: boolean[][] = [];
    for (const task of tasks) {
      await settled();
      seen.push(started(...tasks));
      task.end();
    }
    expect(seen).toEqual([
      [true, false, false],
      [true, true, false],
      [true, true, true],
    ]);
  });

  it('leaves other keys free', async () => {
    const other = new Task();
    void line(new Task());
    void queue.run('other', 1000, other.run);
    await settled();
    expect(other.started).toBe(true);
  });

  it('gives up when the turn does not come in time', async () => {
    const [first, second] = [new Task(), new Task()];
    const [, outcome] = line(first, second);
    clock.advance(2);
    expect(await outcome).toBeInstanceOf(QueueTimeout);
    expect(second.started).toBe(false);
  });

  it('waits until the last millisecond', async () => {
    const [first, second] = [new Task(), new Task()];
    void line(first, second);
    clock.advance(1.999);
    first.end();
    await settled();
    expect(second.started).toBe(true);
  });

  it('does not give up a task that runs', async () => {
    const [first, second] = [new Task(), new Task()];
    const [, outcome] = line(first, second);
    first.end();
    await settled();
    clock.advance(60);
    second.end();
    expect(await outcome).toBe('done');
  });

  it('lets the next one pass who stood behind one that gave up', async () => {
    const [first, second, third] = [new Task(), new Task(), new Task()];
    void line(first, second, third);
    clock.advance(2);
    await settled();
    first.end();
    await settled();
    expect(started(second, third)).toEqual([false, true]);
  });

  it('frees the line when a task fails', async () => {
    const [first, second] = [new Task(), new Task()];
    const [outcome] = line(first, second);
    first.fail(new Error('broken'));
    expect(await outcome).toEqual(new Error('broken'));
    await settled();
    expect(second.started).toBe(true);
  });

  it('frees the line when a task throws before it has a promise', async () => {
    const broken = (): Promise<never> => {
      throw new Error('broken');
    };
    await expect(queue.run('otp', 1000, broken)).rejects.toThrow('broken');
    await expect(queue.run('otp', 1000, () => Promise.resolve('next'))).resolves.toBe('next');
  });

  it('is free again after the last one', async () => {
    const first = new Task();
    const [outcome] = line(first);
    first.end();
    await outcome;
    await expect(queue.run('otp', 1000, () => Promise.resolve('next'))).resolves.toBe('next');
  });

  it('lets 200 wait and refuses the next at once', async () => {
    void line(...Array.from({ length: 201 }, () => new Task()));
    await expect(queue.run('otp', 1000, new Task().run)).rejects.toBeInstanceOf(QueueTimeout);
  });

  it.each([0, 1, 2, 3, 4, 5])(
    'loses nobody when a wait ends %i microtasks after the task before it',
    async (microtasks) => {
      const [first, second, third] = [new Task(), new Task(), new Task()];
      void line(first, second, third);
      first.end();
      for (let i = 0; i < microtasks; i++) await Promise.resolve();
      clock.advance(2);
      await settled();
      second.end();
      await settled();
      expect(third.started).toBe(true);
    },
  );
});
