import { accessSync, constants } from 'node:fs';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';

const USUAL = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Starts the Chromium of this machine; nothing is downloaded. @throws Error that says how to get one */
export function startChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: binary(),
    // Its sandbox refuses to run as root.
    chromiumSandbox: process.getuid?.() !== 0,
  });
}

function binary(): string {
  const given = process.env.OTP_TEST_CHROMIUM;
  const found = (given ? [given] : USUAL).find(isExecutable);
  if (found !== undefined) return found;
  throw new Error(
    `There is no Chromium at ${given ?? USUAL.join(', ')}. On Debian: apt-get install chromium ` +
      'fonts-noto-core fonts-thai-tlwg. Elsewhere name the binary by OTP_TEST_CHROMIUM.',
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
