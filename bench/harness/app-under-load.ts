import type { BenchProcess } from './bench-process.js';
import type { Load, LoadRequest, LoadResult } from './load.process.js';

export interface LoadedRun extends LoadResult {
  /** CPU of the app's process for one request, in microseconds. */
  cpu: number;
}

/** An app in a process of its own, asked by the load generator in another one. */
export class AppUnderLoad {
  private constructor(
    private readonly app: BenchProcess,
    private readonly load: BenchProcess,
    private readonly url: string,
  ) {}

  static async of(app: BenchProcess, load: BenchProcess): Promise<AppUnderLoad> {
    return new AppUnderLoad(app, load, await app.ask<string>('url'));
  }

  async run(
    requests: readonly LoadRequest[],
    pace: Pick<Load, 'connections' | 'rate' | 'refusals'>,
  ): Promise<LoadedRun> {
    const before = await this.app.cpu();
    const { url } = this;
    const result = await this.load.ask<LoadResult>('run', { url, requests, ...pace });
    return { ...result, cpu: ((await this.app.cpu()) - before) / requests.length };
  }
}
