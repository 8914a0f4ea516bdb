type Stop = () => Promise<unknown>;

/** What was started, to be stopped once and in the opposite order. */
export class Teardown {
  private readonly stops: Stop[] = [];
  private running?: Promise<void>;

  add(stop: Stop): void {
    this.stops.unshift(stop);
  }

  run(): Promise<void> {
    return (this.running ??= this.stopAll());
  }

  /** Ctrl-C reaches this process twice under `nest start`, from the terminal and forwarded: `run` is idempotent. */
  runOnSignals(exitCode: number): void {
    const end = async (): Promise<void> => {
      await this.run();
      process.exit(exitCode);
    };
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.on(signal, () => {
        end().catch((error: unknown) => {
          console.error(error);
          process.exit(1);
        });
      });
  }

  private async stopAll(): Promise<void> {
    for (const stop of this.stops) await stop();
  }
}
