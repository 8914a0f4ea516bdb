import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { OTP_ERRORS, OtpSettings } from 'nestjs-ants-otp';
import { say } from '../../src/domain/sentence.js';
import { COMMANDS } from '../../src/cli/commands/index.js';
import { OTP_EVENT_TYPES, OTP_STATUSES } from '../../src/domain/otp.js';
import { UNREADABLE_REASONS } from '../../src/domain/unreadable-report.js';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** The text under a heading, up to the next one of its level. */
function section(page: string, heading: string): string {
  const [, text] = read(page).split(`\n## ${heading}\n`);
  if (text === undefined) throw new Error(`${page} has no heading "${heading}".`);
  return text.split('\n## ')[0]!;
}

/** The cells of a section's table, by the names of the head. */
function table(page: string, heading: string): Record<string, string>[] {
  const [head, , ...rows] = section(page, heading)
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  if (!head || rows.length === 0) throw new Error(`${page}, "${heading}", has no table.`);
  return rows.map((cells) => Object.fromEntries(head.map((name, i) => [name, cells[i] ?? ''])));
}

/** Every `name` in the first cells of a text's tables. */
const namesOf = (text: string): string[] =>
  [...text.matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`(\w+)[^`]*`/g)].map(([, name]) => name!),
  );

/** What a union of texts in a file may be, by the member that has it as its type. */
function union(file: string, name: string): string[] {
  const source = ts.createSourceFile(file, read(file), ts.ScriptTarget.ES2022, true);
  const found: string[] = [];
  const look = (node: ts.Node): void => {
    if (ts.isPropertySignature(node) && node.name.getText() === name)
      for (const [, text] of node.type?.getText().matchAll(/'(\w+)'/g) ?? []) found.push(text!);
    ts.forEachChild(node, look);
  };
  look(source);
  return found;
}

/** The methods of a file's class that are not private. */
const methodsIn = (file: string): string[] =>
  [...read(file).matchAll(/^ {2}(?:async )?(\w+)(?:<\w+>)?\(/gm)]
    .map(([, name]) => name!)
    .filter((name) => name !== 'constructor');

const code = (cell = ''): string => /^`([^`]+)`/.exec(cell)?.[1] ?? cell;

/** The members of an interface, those of an object in it as `outer.inner`. */
function members(file: string, name: string): string[] {
  const source = ts.createSourceFile(file, read(file), ts.ScriptTarget.ES2022);
  const found = source.statements
    .filter(ts.isInterfaceDeclaration)
    .find((i) => i.name.text === name);
  if (!found) throw new Error(`${file} has no interface ${name}.`);
  const names = (list: ts.NodeArray<ts.TypeElement>, prefix = ''): string[] =>
    list.filter(ts.isPropertySignature).flatMap((member) => {
      const own = prefix + member.name.getText(source);
      return member.type && ts.isTypeLiteralNode(member.type)
        ? names(member.type.members, `${own}.`)
        : [own];
    });
  const all = names(found.members);
  if (all.length === 0) throw new Error(`${name} has no members.`);
  return all;
}

const PAGE = 'docs/options.md';
const OPTION_TABLES: [heading: string, file: string, type: string][] = [
  ['Module options', 'src/options/otp.options.ts', 'OtpOptions'],
  ['Options of a purpose', 'src/options/otp.options.ts', 'OtpPurposeOptions'],
  ['Known when the module is defined', 'src/otp.module-definition.ts', 'OtpModuleExtras'],
  ['`@RequireOtp(purpose, options)`', 'src/http/require-otp.decorator.ts', 'RequireOtpOptions'],
  [
    '`OtpConsoleModule.forRoot(options)`',
    'src/console/otp-console.options.ts',
    'OtpConsoleOptions',
  ],
];

describe(PAGE, () => {
  it.each(OPTION_TABLES)('lists under "%s" what stands in %s as %s', (heading, file, type) => {
    const listed = table(PAGE, heading).map(({ option }) => code(option));
    expect(listed.sort()).toEqual(members(file, type).sort());
  });

  it('names the variable of each option that has one', () => {
    const variables = [
      ...read('src/otp.config.ts').matchAll(/(?:read|parsed)\('(\w+)', '(\w+)'/g),
    ].map(([, option, variable]) => [option, variable]);
    expect(variables.length).toBeGreaterThan(5);
    const listed = table(PAGE, 'Module options')
      .filter(({ variable }) => variable !== '–')
      .map(({ option, variable }) => [code(option), code(variable).replace('=true', '')]);
    expect(listed.sort()).toEqual(variables.sort());
  });

  it('says the defaults that the code fills in', () => {
    const settings = new OtpSettings({
      username: 'user',
      password: 'password',
      otcId: 'F2A1',
      secret: randomBytes(32).toString('hex'),
    });
    const { ipv4, ipv6, block } = settings.limitsOf('any');
    const filled: unknown = Object.assign({}, settings, settings.policy('any'), {
      blockLimit: block?.rates[0]?.max,
      ipLimit: { ipv4: ipv4?.rates[0]?.max, ipv6: ipv6?.rates[0]?.max },
      ipTrusted: ipv4?.enforced,
    });
    const valueOf = (path: string): unknown =>
      path
        .split('.')
        .reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], filled);
    const compared = ['Module options', 'Options of a purpose']
      .flatMap((heading) => table(PAGE, heading))
      .filter((row) => row['default']?.startsWith('`') && code(row['option']) !== 'allowInsecure');
    expect(compared.length).toBeGreaterThan(12);
    for (const row of compared) {
      const value = valueOf(code(row['option']));
      const shown = typeof value === 'string' ? value : JSON.stringify(value).replaceAll(',', ', ');
      expect([row['option'], code(row['default'])]).toEqual([row['option'], shown]);
    }
  });
});

describe('docs/errors.md', () => {
  it('is the table of the code', () => {
    const listed = table('docs/errors.md', 'All codes').map((row) => [
      code(row['code']),
      { status: Number(row['HTTP']), en: row['message (EN)'], th: row['message (TH)'] },
    ]);
    // As the page says above its table.
    const facts = { retryAfter: 120, attemptsLeft: 4 };
    const said = Object.entries(OTP_ERRORS).map(([name, { status, en, th }]) => [
      name,
      { status, en: say(en, 'en', facts), th: say(th, 'th', facts) },
    ]);
    expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(said));
    expect(listed).toHaveLength(Object.keys(OTP_ERRORS).length);
  });
});

describe('the tables of what can be called', () => {
  const NO_ENDS = ['sending', 'pending', 'verified'];
  const ENDS = [...OTP_STATUSES.filter((status) => !NO_ENDS.includes(status)), 'already_used'];

  it.each([
    ['docs/service.md', 'Methods', 'src/service/otp.service.ts'],
    ['docs/security.md', 'Limits of sends', 'src/service/otp-controls.ts'],
  ])('%s has under "%s" every method of %s', (page, heading, file) => {
    const text = section(page, heading).split('\n### By hand\n').at(-1)!.split('\n### ')[0]!;
    const methods = methodsIn(file);
    expect(methods.length).toBeGreaterThan(5);
    expect([...new Set(namesOf(text))].sort()).toEqual(methods.sort());
  });

  it.each(table('docs/service.md', 'Methods'))('$method refuses as its doc comment says', (row) => {
    const name = code(row['method']).split('(')[0]!;
    const [comment = ''] = read('src/service/otp.service.ts')
      .split(new RegExp(`^ {2}(?:async )?${name}\\(`, 'm'))[0]!
      .split('/**')
      .slice(-1);
    const [, thrown = ''] = comment.split('@throws');
    const codes = (text: string) =>
      [...text.matchAll(/`(\w+)`/g)]
        .map(([, word]) => word!)
        .filter((word) => word in OTP_ERRORS && !ENDS.includes(word) && word !== 'unavailable');
    expect(codes(thrown).sort()).toEqual(codes(row['refuses with']!).sort());
    // What "every other method" means below the table.
    expect(thrown.includes('`unavailable`')).toBe(name !== 'health');
  });

  it('docs/service.md names the terminal states, and only errors that exist', () => {
    const [, ends = ''] = /^The terminal states are (.+)\.$/m.exec(read('docs/service.md')) ?? [];
    expect([...ends.matchAll(/`(\w+)`/g)].map(([, end]) => end).sort()).toEqual(ENDS.sort());
    const refusals = table('docs/service.md', 'Methods').flatMap((row) =>
      [...row['refuses with']!.matchAll(/`(\w+)`/g)].map(([, name]) => name!),
    );
    expect(refusals.length).toBeGreaterThan(20);
    expect(refusals.filter((name) => !(name in OTP_ERRORS))).toEqual([]);
  });
});

it.each([
  ['docs/operations.md', 'What to watch', 'src/options/otp.options.ts', 'kind'],
  ['docs/security.md', 'Limits of sends', 'src/options/otp.options.ts', 'kind'],
  ['docs/commands.md', 'The doctor', 'src/service/otp-doctor.ts', 'check'],
])('%s has under "%s" every value of %s, `%s`', (page, heading, file, name) => {
  const values = union(file, name);
  expect(values.length).toBeGreaterThan(5);
  const text = section(page, heading).split('\n### Alarms\n').at(-1)!.split('\n### ')[0]!;
  expect(
    namesOf(text)
      .filter((named) => named !== name)
      .sort(),
  ).toEqual(values.sort());
});

it('docs/operations.md quotes what is logged', () => {
  const quotes = [...read('docs/operations.md').matchAll(/`(ALARM: [^`]+|[A-Z][^`]* [^`]+[.…])`/g)];
  const words = quotes.flatMap(([, quote]) =>
    // Between what changes from line to line.
    quote!
      .replace('ALARM: ', '')
      .split(/…|\d+(?:\.\d+)?|"[^"]*"|\(|\)/)
      .map((part) => part.trim())
      .filter((part) => part.includes(' ')),
  );
  expect(words.length).toBeGreaterThan(15);
  const folders = ['src/service', 'src/service/events', 'src/http'];
  const sources = folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .filter((file) => file.endsWith('.ts'))
      .map((file) => read(join(folder, file))),
  );
  expect(words.filter((part) => !sources.some((source) => source.includes(part)))).toEqual([]);
});

it('docs/architecture.md names every port', () => {
  const ports = readdirSync(join(ROOT, 'src/ports')).flatMap((file) =>
    [...read(join('src/ports', file)).matchAll(/^export abstract class (\w+)/gm)].map(
      ([, name]) => name!,
    ),
  );
  expect(ports.length).toBeGreaterThan(5);
  const row = table('docs/architecture.md', 'The rooms').find(({ folder }) =>
    folder?.includes('src/ports'),
  );
  expect([...row!['what is in it']!.matchAll(/`(\w+)`/g)].map(([, name]) => name).sort()).toEqual(
    ports.sort(),
  );
});

it('docs/events.md lists every type of event, and no other', () => {
  const [, rows = ''] = section('docs/events.md', 'What a handler gets').split('| type | when |');
  expect(namesOf(rows).sort()).toEqual([...OTP_EVENT_TYPES].sort());
});

it('docs/webhook.md and the runbook know every reason why a report cannot be read', () => {
  const [, rows = ''] = section('docs/webhook.md', 'Reports that cannot be read').split(
    '| `reason` |',
  );
  expect(namesOf(rows)).toEqual([...UNREADABLE_REASONS]);
  const runbook = section('docs/operations.md', 'Delivery reports cannot be read');
  const advised = [...runbook.matchAll(/`(\w+)`(?=[^|\n]*\|)/g)].map(([, name]) => name!);
  // A provider of the app's own has its own runbook.
  for (const reason of UNREADABLE_REASONS)
    if (reason !== 'other') expect(advised).toContain(reason);
});

it('docs/README.md lists every page once', () => {
  const listed = [...read('docs/README.md').matchAll(/^\| \[[^\]]+\]\(([^)]+)\) \|/gm)];
  const own = listed.map(([, page]) => page!).filter((page) => !page.startsWith('..'));
  const there = readdirSync(join(ROOT, 'docs')).filter(
    (file) => file.endsWith('.md') && file !== 'README.md',
  );
  expect(own.sort()).toEqual(there.sort());
});

it('.env.example names every variable that is read, and no other', () => {
  const example = readdirSync(join(ROOT, 'example'), { recursive: true, encoding: 'utf8' });
  const files = example.filter((path) => path.endsWith('.ts')).map((path) => join('example', path));
  const variables = ['src/otp.config.ts', 'src/cli/open-app.ts', ...files].flatMap((path) =>
    [...read(path).matchAll(/(?:(?:read|parsed)\('\w+', '|process\.env\.)([A-Z_]+)/g)].map(
      ([, name]) => name!,
    ),
  );
  const named = [...read('.env.example').matchAll(/^#?([A-Z_]+)=/gm)].map(([, name]) => name!);
  expect(named.length).toBeGreaterThan(5);
  expect(named.sort()).toEqual([...new Set(variables)].sort());
});

it('docs/security.md shows every attack that is played, and no other', () => {
  const names = [
    ...read('test/limits/attacks.full-spec.ts').matchAll(
      /^ {2}it(?:\.each\(\[.+\]\))?\(\s*'(.+)',/gm,
    ),
  ];
  const played = names.map(([, name]) => name!.replace(/%s/g, '…'));
  const shown = table('docs/security.md', 'Attacked').map(({ attack }) =>
    attack!.replace(/(?:true|false)\)$/, '…)').replace(/re(?:sends|quests)$/, '…'),
  );
  expect([...new Set(shown)]).toEqual(played);
});

it('docs/commands.md lists every command as its help shows it', () => {
  const listed = [...read('docs/commands.md').matchAll(/^\| `(\w+ ?[^`]*)` \| /gm)].map(
    ([, usage]) => usage!,
  );
  const commands = COMMANDS.map(({ name, usage }) => `${name} ${usage}`.trimEnd());
  expect(listed.filter((usage) => /^\w+(?: |$)/.test(usage)).slice(0, commands.length)).toEqual(
    commands,
  );
});

it('docs/decisions.md justifies every dependency', () => {
  const { dependencies } = JSON.parse(read('package.json')) as { dependencies: object };
  const [, part = ''] = read('docs/decisions.md').split('\n### The dependencies\n');
  const named = [...part.split('\n#')[0]!.matchAll(/^- \*\*([\w/@-]+)\*\*/gm)].map(
    ([, name]) => name,
  );
  expect(named.sort()).toEqual(Object.keys(dependencies).sort());
});

const pages = [
  ...readdirSync(ROOT).filter((file) => file.endsWith('.md')),
  ...readdirSync(join(ROOT, 'docs'))
    .filter((file) => file.endsWith('.md'))
    .map((file) => join('docs', file)),
];

/** GitHub's anchor of a heading. */
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');

describe.each(pages)('%s', (page) => {
  const text = read(page).replace(/^```[\s\S]*?^```/gm, '');

  it('links to nothing that is missing', () => {
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!);
    const broken = links.filter((link) => {
      if (/^https:/.test(link)) return false;
      const [path = '', hash] = link.split('#');
      const target = path === '' ? page : join(dirname(page), path);
      if (!existsSync(join(ROOT, target))) return true;
      if (hash === undefined) return false;
      const headings = [...read(target).matchAll(/^#+ (.+)$/gm)].map(([, name]) => anchor(name!));
      return !headings.includes(hash);
    });
    expect(broken).toEqual([]);
  });

  it('names no file that is missing', () => {
    const named = [
      ...text.matchAll(/`((?:src|test|docs|example|bench|migrations)\/[\w./-]*)`/g),
    ].map(([, path]) => path!);
    // Files that a page tells its reader to make stand on the page itself.
    const missing = named.filter(
      (path) => !existsSync(join(ROOT, path)) && !text.includes(`: ${path} -->`),
    );
    expect(missing).toEqual([]);
  });
});
