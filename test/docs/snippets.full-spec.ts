import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { COMMANDS } from '../../src/cli/commands/index.js';
import { HELP as SIMULATOR_HELP } from '../../src/cli/ants-simulator.help.js';
import { specWith } from '../package/pages.mjs';
import { generatedSpec } from '../support/page-files.js';

/** What stands between fences on any page: TypeScript compiles, JSON parses, commands exist. */

const ROOT = join(import.meta.dirname, '../..');
const read = (page: string): string => readFileSync(join(ROOT, page), 'utf8');
const markdown = (folder: string): string[] =>
  readdirSync(join(ROOT, folder))
    .filter((file) => file.endsWith('.md'))
    .map((file) => join(folder, file));
const PAGES = [...markdown('.'), ...markdown('docs')];

interface Fence {
  page: string;
  line: number;
  language: string;
  /** What the HTML comment above it says: `file: src/app.module.ts`, `checks`, `recipe` … */
  mark: string;
  text: string;
}

const fences = PAGES.flatMap((page): Fence[] =>
  [
    ...read(page).matchAll(
      /(?:<!-- ([^>]+) -->\n+)?^(?<indent> *)```(\w*)\n([\s\S]*?)^\k<indent>```$/gm,
    ),
  ].map((found) => ({
    page,
    line: found.input.slice(0, found.index).split('\n').length,
    language: found[3]!,
    mark: found[1] ?? '',
    text: found[4]!,
  })),
);
const inLanguage = (language: string): Fence[] =>
  fences.filter((fence) => fence.language === language);

it('every fence says its language', () => {
  const known = /^(?:ts|js|sh|sql|json|mermaid)$/;
  // What a measurement has printed is no code.
  const isPrinted = ({ page, language }: Fence): boolean =>
    page === 'docs/performance.md' && language === 'text';
  const odd = fences.filter(
    (fence) => !known.test(fence.language) && !isPicture(fence.text) && !isPrinted(fence),
  );
  expect(odd.map(({ page, line }) => `${page}:${line}`)).toEqual([]);
  expect(inLanguage('ts').length).toBeGreaterThan(40);
});

describe('the TypeScript of every page', () => {
  let folder: string;
  beforeAll(() => {
    mkdirSync(join(ROOT, 'build'), { recursive: true });
    folder = mkdtempSync(join(ROOT, 'build/snippets-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('compiles under the strict settings of this repository', () => {
    const places = new Map<string, string>();
    for (const page of PAGES) {
      // Beside the files of the README, as in an app that began with it.
      const files = { ...filesOf('README.md'), ...filesOf(page) };
      for (const [name, text] of Object.entries(files)) {
        const path = join(folder, page, name);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, text);
        if (name in filesOf(page)) places.set(path, `${page}, ${name}`);
      }
    }
    const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) =>
      ts.sys.readFile(path),
    ) as { config: object };
    const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
    // What a snippet has in hand is for its reader to use.
    options.noUnusedLocals = false;
    const program = ts.createProgram([...places.keys()], options);
    const errors = [...places].flatMap(([path, place]) =>
      ts
        .getPreEmitDiagnostics(program, program.getSourceFile(path))
        .map(({ messageText }) => [place, ts.flattenDiagnosticMessageText(messageText, '\n')]),
    );
    expect(errors).toEqual([]);
  });

  it('needs no top-level await, which a CommonJS app does not have', () => {
    const outside = /^(?!.*(?:async|=>))(?:\S.*)?\bawait\b.*$/m;
    const needing = inLanguage('ts').filter(({ text }) => outside.test(text));
    expect(needing.map(({ page, line }) => `${page}:${line}`)).toEqual([]);
  });

  it('imports by a relative path, which NestJS 11 and 12 write differently, only between files of the reader', () => {
    const relative = inLanguage('ts').filter(({ text }) => /from '\.|import\('\./.test(text));
    expect([...new Set(relative.map(({ page }) => page))].sort()).toEqual([
      'docs/migrating.md',
      'docs/recipes.md',
      'docs/write-your-own-provider.md',
    ]);
  });
});

it('SQL stands only where a test of that page runs it', () => {
  const pages = new Set(inLanguage('sql').map(({ page }) => page));
  const run = [
    'boot/database-rights',
    'boot/migrating',
    'operations/operations',
    'docs/recipes',
  ].map((name) => read(`test/${name}.cases.ts`));
  expect([...pages].filter((page) => !run.some((test) => test.includes(page)))).toEqual([]);
});

it.each(inLanguage('json'))('the JSON of $page:$line parses', ({ text }) => {
  expect(JSON.parse(text)).toEqual(expect.any(Object));
});

describe('the commands of every page', () => {
  const { scripts, name } = JSON.parse(read('package.json')) as {
    scripts: Record<string, string>;
    name: string;
  };
  /** Those of other packages that a page may show. */
  const OTHERS = /^(?:@nestjs\/cli@\d+|nest)$/;
  const lines = fences
    .filter(({ language }) => language === 'sh')
    .flatMap(({ page, text }) =>
      text
        .replaceAll('\\\n', ' ')
        .split('\n')
        .map((line) => [page, line.replace(/(?:^|\s)#.*$/, '').trim()] as const),
    );
  const inText = PAGES.flatMap((page) =>
    [...read(page).matchAll(/`((?:npm|npx) [^`\n]+)`/g)].map(
      ([, command]) => [page, command!] as const,
    ),
  );
  const commands = [...lines, ...inText].flatMap(([page, line]) =>
    line
      .split(' && ')
      .map((command) => [page, command.replace(/^(?:[A-Z_]+=\S* +)+/, '')] as const)
      .filter(([, command]) => command !== '' && !/^[A-Z_]+=\S*/.test(command)),
  );

  it('exist as scripts and commands of this package, or are those of every shell', () => {
    expect(commands.length).toBeGreaterThan(40);
    const unknown = commands.filter(([, command]) => !isKnown(command));
    expect(unknown).toEqual([]);
  });

  function isKnown(command: string): boolean {
    const [program = '', first = '', ...rest] = command.split(/\s+/);
    if (program === 'npm') return first === 'run' ? isScript(rest) : isOfNpm(first);
    if (program === 'npx') return isBinary(first, rest);
    return ['cd', 'curl', 'echo', 'node', 'openssl'].includes(program);
  }

  function isScript(args: string[]): boolean {
    return args.some((arg) => Object.hasOwn(scripts, arg));
  }

  function isOfNpm(verb: string): boolean {
    return ['ci', 'install', 'pack', 'run'].includes(verb) || Object.hasOwn(scripts, verb);
  }

  function isBinary(binary: string, args: string[]): boolean {
    const flags = args.filter((arg) => arg.startsWith('--'));
    if (binary === 'ants-simulator') return flags.every((flag) => SIMULATOR_HELP.includes(flag));
    if (binary !== name) return OTHERS.test(binary);
    const command = COMMANDS.find((known) => known.name === args[0]);
    if (!command) return args[0] === '<command>';
    const allowed = [...Object.keys(command.flags ?? {}), 'app', 'instance', 'json', 'help'];
    return flags.every((flag) => allowed.includes(flag.slice(2)));
  }
});

/** Boxes and arrows, a header, an address: no language. */
function isPicture(text: string): boolean {
  return /^(?:WWW-Authenticate|https:)/.test(text);
}

/** What the test runners of the templates have as globals. */
const GLOBALS =
  "import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';\n";

/** The TypeScript of a page as files side by side. A recipe goes on with the test before it. */
function filesOf(page: string): Record<string, string> {
  const files: Record<string, string> = {};
  let test = '';
  for (const { mark, line, text } of inLanguage('ts').filter((fence) => fence.page === page)) {
    const [, kind, name = `line-${line}.ts`] = /^(\w*)(?:: (\S+))?/.exec(mark) ?? [];
    if (kind === 'recipe') files[test] = (files[test] ?? '') + text;
    else if (kind === 'test') {
      test = name;
      files[name] = GLOBALS + specWith(generatedSpec(name), text);
    } else files[name] = text;
  }
  return files;
}
