import { transformFile } from '@swc/core';
import type { Options } from '@swc/core';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
/** Each run has a folder of its own: two runs in one checkout must not meet. */
const OUT = join(ROOT, `build/test-${process.pid}`);

/** Package names to the compiled sources, so that a child process runs the code under test. */
const ENTRIES: Record<string, string> = {
  'nestjs-ants-otp': 'src/index.js',
  'nestjs-ants-otp/testing': 'src/testing/index.js',
  'nestjs-ants-otp/migrations': 'migrations/index.js',
  'nestjs-ants-otp/opentelemetry': 'src/opentelemetry/index.js',
  'nestjs-ants-otp/console': 'src/console/index.js',
};

/**
 * Compiles the sources and the test apps, for tests that need a process of its own: plain Node, real
 * signals, and packages that Jest cannot load. Gives the folder; `OTP_TEST_BUILD` names it to the tests.
 */
export async function compile(): Promise<string> {
  const { shared } = (await import(join(ROOT, 'jest.config.mjs'))) as {
    shared: { transform: Record<string, [string, Options]> };
  };
  const [, options] = Object.values(shared.transform)[0] as [string, Options];
  const folders = ['src', 'migrations', 'test/support', 'test/apps', 'test/conformance', 'example'];
  const files = await Promise.all(
    folders.map(async (folder) =>
      (await readdir(join(ROOT, folder), { recursive: true }))
        .filter(
          (file) => file.endsWith('.ts') && !/\.(?:(?:e2e-|full-)?spec|cases)\.ts$/.test(file),
        )
        .map((file) => join(folder, file)),
    ),
  );
  await Promise.all(
    files.flat().map(async (file) => {
      const { code } = await transformFile(join(ROOT, file), { ...options, swcrc: false });
      const out = join(OUT, file.replace(/\.ts$/, '.js'));
      const up = '../'.repeat(file.split('/').length - 1) || './';
      await mkdir(dirname(out), { recursive: true });
      await writeFile(
        out,
        code.replace(
          // Only where it is imported: the same words as a text of the sources are a key's salt.
          /\b(from|import)(\s*\(?\s*)(['"])(nestjs-ants-otp(?:\/\w+)?)\3/g,
          (whole, word: string, space: string, quote: string, name: string) =>
            ENTRIES[name] ? `${word}${space}${quote}${up}${ENTRIES[name]}${quote}` : whole,
        ),
      );
    }),
  );
  return OUT;
}
