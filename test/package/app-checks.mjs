import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { end, outputOf, run } from './run.mjs';

/** Nest 12 is ESM only, and Jest can `require` that from this Node on; the template's own test fails too. */
const JEST_REQUIRES_ESM = Number(process.versions.node.split('.')[0]) >= 24;
const ESM_JEST = {
  testRegex: String.raw`.*\.spec\.ts$`,
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    [String.raw`^.+\.ts$`]: [
      'ts-jest',
      {
        useESM: true,
        tsconfig: {
          module: 'esnext',
          moduleResolution: 'bundler',
          esModuleInterop: true,
          experimentalDecorators: true,
          emitDecoratorMetadata: true,
          target: 'es2023',
          isolatedModules: true,
          types: ['node', 'jest'],
        },
      },
    ],
  },
};

/** How long a run of the tests may take that fails; a process that something keeps alive never ends. */
const FAILS_WITHIN_MS = 60_000;
/** The spec that the README completes. */
const SPEC = 'src/login/login.controller.spec.ts';

/** Runs the app's tests, or those of one name, in the template's own runner. Gives its name. */
export function runTests(folder, tree, ...names) {
  const { command, args, runner } = runnerOf(tree);
  outputOf(folder, command, [...args, ...names], { CI: 'true' });
  return runner;
}

/**
 * The README's test with a wrong expectation, beside a test whose `beforeAll` fails and one that closes nothing: it must
 * fail, and end.
 */
export function runFailingTest(folder, tree) {
  const path = join(folder, SPEC);
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, text.replace("'+66812345678'", "'+66899999999'"));
  appendFileSync(path, FAILING);
  const { command, args } = runnerOf(tree);
  const { status, stdout, stderr } = end(
    folder,
    command,
    [...args, 'login.controller'],
    { CI: 'true', NO_COLOR: '1', FORCE_COLOR: '0' },
    FAILS_WITHIN_MS,
  );
  writeFileSync(path, text);
  const said = stdout + stderr;
  if (status === null) throw new Error(`The failing test of ${folder} does not end:\n${said}`);
  if (status === 0 || !REASONS.every((reason) => said.includes(reason)))
    throw new Error(`The failing test of ${folder} fails in another way:\n${said}`);
}

/** What each of the three says. */
const REASONS = ['+66899999999', 'The rest of beforeAll is not reached.', 'already running'];

const FAILING = `
describe('what fails before it begins', () => {
  let app: TestingModule;

  beforeAll(async () => {
    const testing = await Test.createTestingModule({
      imports: [OtpTestingModule.forTest()],
    }).compile();
    await testing.init();
    throw new Error('The rest of beforeAll is not reached.');
  });
  afterAll(() => app?.close());

  it('never runs', () => expect(app).toBeDefined());
});

describe('what closes nothing', () => {
  it('fails', async () => {
    const testing = await Test.createTestingModule({
      imports: [OtpTestingModule.forTest()],
      controllers: [LoginController],
    }).compile();
    await testing.createNestApplication().init();
    await testing.get(LoginController).request('081-234-5678', '127.0.0.1');
    await testing.get(OtpTester).simulator.start();
  });
});
`;

/** In the template's own runner, if that can load this Nest on this Node. */
function runnerOf({ nest, type }) {
  if (nest === 12 && type === 'cjs' && !JEST_REQUIRES_ESM)
    return {
      command: 'node',
      args: [
        ...['--experimental-vm-modules', 'node_modules/jest/bin/jest.js'],
        ...['--config', JSON.stringify(ESM_JEST)],
      ],
      runner: 'Jest in ESM mode',
    };
  const runner = type === 'esm' ? 'Vitest' : 'Jest';
  return { command: 'npm', args: ['test', '--'], runner };
}

/** The template's own linter and prettier find nothing in the files of a page, not even a warning. */
export function checkLint(folder, { nest }, files) {
  const code = files.filter((file) => file.endsWith('.ts'));
  const strict =
    nest === 11 ? ['eslint', '--max-warnings', '0'] : ['oxlint', '--type-aware', '--deny-warnings'];
  run(folder, 'npx', [...strict, ...code]);
  run(folder, 'npx', ['prettier', '--check', ...code]);
}

/** Without `skipLibCheck`: errors in the types of other packages are theirs. */
export function checkTypes(folder) {
  const { stdout, stderr } = end(folder, 'npx', [
    ...['tsc', '--noEmit', '--skipLibCheck', 'false', '-p', 'tsconfig.json'],
  ]);
  const ours = (stdout + stderr)
    .split('\n')
    .filter((line) => /^(src|node_modules\/nestjs-ants-otp)\//.test(line));
  if (ours.length > 0) throw new Error(`Types that do not hold:\n${ours.join('\n')}`);
}

export function versionOf(folder, name) {
  return JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8'))
    .version;
}
