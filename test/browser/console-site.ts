import { ForbiddenException, Injectable, UnauthorizedException } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { OtpConsoleModule } from 'nestjs-ants-otp/console';
import type { AntsSimulator } from 'nestjs-ants-otp/testing';
import type { BrowserContextOptions } from 'playwright-core';
import { SystemClock } from '../../src/service/system-clock.js';
import { bootApp } from '../support/app.js';
import type { AdapterName, TestApp } from '../support/app.js';

/** Who works here, by a cookie. */
@Injectable()
class StaffGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { headers } = context
      .switchToHttp()
      .getRequest<{ headers: Record<string, string | undefined> }>();
    const role = /\brole=(\w+)/.exec(headers['cookie'] ?? '')?.[1];
    if (role === undefined) throw new UnauthorizedException();
    if (role !== 'staff') throw new ForbiddenException();
    return true;
  }
}

/** The machine's time, which a test can move on: the overview asks the database once in 10 seconds. */
class MovedClock extends SystemClock {
  private ahead = 0;

  override now(): number {
    return super.now() + this.ahead;
  }

  advance(seconds: number): void {
    this.ahead += seconds * 1000;
  }
}

/** An app with the console behind a prefix. */
export interface ConsoleSite extends TestApp {
  /** Where the console is. */
  root: string;
  /** Lets the overview ask anew. */
  passTime(): void;
}

export async function startConsole(
  adapter: AdapterName,
  simulator: AntsSimulator,
): Promise<ConsoleSite> {
  await simulator.start();
  const clock = new MovedClock();
  const app = await bootApp({
    ...{ adapter, simulator, clock },
    options: { purposes: { login: {}, transfer: {} } },
    imports: [
      OtpConsoleModule.forRoot({
        ...{ path: 'ops/otp', guards: [StaffGuard] },
        ...{ actGuards: [StaffGuard], unmaskGuards: [StaffGuard], actor: () => 'staff-7' },
      }),
    ],
    setUp: (nest) => nest.setGlobalPrefix('api/v1'),
  });
  return {
    ...app,
    root: `${app.url}/api/v1/ops/otp`,
    passTime: () => {
      clock.advance(11);
    },
    async close() {
      await app.close();
      await simulator.stop();
    },
  };
}

/** A browser that is signed in as `role`. */
export const signedIn = (
  url: string,
  role: string,
): Pick<BrowserContextOptions, 'storageState'> => ({
  storageState: {
    cookies: [
      {
        ...{ name: 'role', value: role, domain: new URL(url).hostname, path: '/', expires: -1 },
        ...{ httpOnly: true, secure: false, sameSite: 'Lax' },
      },
    ],
    origins: [],
  },
});
