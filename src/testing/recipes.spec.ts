import { afterAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The recipes of docs/testing.md, run as they stand there beside the controllers of the README. */

const ROOT = join(import.meta.dirname, '../..');
const read = (page: string): string => readFileSync(join(ROOT, page), 'utf8');

const recipes = [
  ...read('docs/testing.md').matchAll(/<!-- recipe -->\n\n```ts\n([\s\S]*?)^```/gm),
].map(([, text = '']) => text);
const controllers = [
  ...read('README.md').matchAll(/<!-- runs: (\w+\.controller\.ts) -->\n\n```ts\n([\s\S]*?)^```/gm),
];

mkdirSync(join(ROOT, 'build'), { recursive: true });
const folder = mkdtempSync(join(ROOT, 'build/recipes-'));
const file = join(folder, 'recipes.ts');
writeFileSync(file, recipes.join('\n'));
for (const [, name = '', text = ''] of controllers) writeFileSync(join(folder, name), text);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the recipes of docs/testing.md', () => {
  it('are all found, those that docs/simulator.md promises among them', () => {
    expect(recipes).toHaveLength(5);
    expect(controllers).toHaveLength(2);
    for (const name of [
      'Test your login in Jest',
      'Test the resend button',
      'What if ANTS is down',
    ])
      expect(read('docs/simulator.md')).toContain(`[${name}](testing.md#`);
  });

  it('test a login in ten lines, without a sleep', () => {
    const [, login = ''] = /^(it\('logs in[\s\S]*?^\}\);)/m.exec(recipes[0] ?? '') ?? [];

    expect(login.split('\n')).toHaveLength(10);
    expect(recipes.join('\n')).not.toMatch(/setTimeout|sleep/);
  });

  it('refuse in a way that fails when nothing is thrown', () => {
    expect(recipes.join('\n')).not.toContain('.catch(');
  });
});

// Its `it`s are tests of this file.
await import(file);
