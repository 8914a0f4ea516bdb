export interface Question {
  name: string;
  given: unknown;
}
export type Reply = { kind: 'answer'; answer: unknown } | { kind: 'thrown'; error: string };

/** What a process answers; `start` comes first, and what it returns is told to nobody. */
export interface Answers<Given> {
  start: (given: Given) => Promise<void>;
  stop: () => Promise<void>;
  questions?: Record<string, (given: never) => unknown>;
}

/** The other end of a `BenchProcess`: one question at a time. */
export function answerParent<Given>({ start, stop, questions = {} }: Answers<Given>): void {
  const known: Record<string, (given: never) => unknown> = {
    ...questions,
    start,
    cpu: () => process.cpuUsage(),
  };
  // A parent that has gone asks nothing more, and nobody else would end this process.
  process.once('disconnect', () => process.exit());
  process.on('message', ({ name, given }: Question) => {
    if (name === 'stop') {
      // Also without a parent there is nothing left to do.
      void stop().finally(() => {
        process.disconnect();
      });
      return;
    }
    void answerOf(known[name], given).then((reply) => process.send?.(reply));
  });
}

async function answerOf(
  answer: ((given: never) => unknown) | undefined,
  given: unknown,
): Promise<Reply> {
  try {
    return { kind: 'answer', answer: await answer?.(given as never) };
  } catch (error) {
    return { kind: 'thrown', error: error instanceof Error ? String(error.stack) : String(error) };
  }
}
