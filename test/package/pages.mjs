import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

export const README = 'README.md';
export const GETTING_STARTED = 'docs/getting-started.md';
export const TESTING = 'docs/testing.md';

/** A fenced block, with the HTML comment above it: `<!-- file: src/app.module.ts -->`. */
const BLOCK = /(?:<!-- (\w+)(?:: ([^>]+?))? -->\n+)?^```(\w+)\n([\s\S]*?)^```$/gm;
const GENERATE = /`(npx nest generate [^`]+)`/g;

export const readPage = (page) => readFileSync(join(ROOT, page), 'utf8');

/** Every fenced block of a page, in order. `mark` and `file` are empty where no comment stands above it. */
export function blocksOf(page) {
  return [...readPage(page).matchAll(BLOCK)].map(
    ({ 1: mark = '', 2: file = '', 3: language, 4: text, index }) => ({
      ...{ mark, file, language, text, index },
    }),
  );
}

/** The text of the one block with this comment. @throws Error when there is none */
export function blockOf(page, mark, file = '') {
  const found = blocksOf(page).filter((block) => block.mark === mark && block.file === file);
  if (found.length !== 1) throw new Error(`${page}: ${found.length} blocks "${mark}: ${file}"`);
  return found[0].text;
}

/** The line that installs everything for this major version of Nest. */
export function installLine(page, nest) {
  const [, line] =
    new RegExp(`^# NestJS ${nest}\\n(npm install .+)$`, 'm').exec(blockOf(page, 'install')) ?? [];
  if (!line) throw new Error(`${page}: no install line for NestJS ${nest}`);
  return line;
}

/** What a reader does after the installation, in the order of the page. */
export function stepsOf(page) {
  const generate = [...readPage(page).matchAll(GENERATE)].map(({ 1: text, index }) => ({
    ...{ mark: 'run', file: '', language: 'sh', text, index },
  }));
  return [...blocksOf(page), ...generate]
    .filter(({ mark }) => ['file', 'run', 'test', 'recipe'].includes(mark))
    .sort((one, other) => one.index - other.index);
}

/** A generated spec as a page leaves it: the generated imports, then what the page shows. */
export function specWith(generated, text) {
  const imports = generated.match(/^import .* from '(?:@nestjs\/testing|\.\/.*)';\n/gm) ?? [];
  return imports.join('') + text;
}
