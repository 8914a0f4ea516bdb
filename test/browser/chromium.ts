import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';

/** Starts the Chromium that `jest.config.mjs` has found. */
export function startChromium(args: string[] = []): Promise<Browser> {
  return chromium.launch({
    args,
    executablePath: process.env.OTP_TEST_CHROMIUM!,
    // Its sandbox refuses to run as root.
    chromiumSandbox: process.getuid?.() !== 0,
  });
}
