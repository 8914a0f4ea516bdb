/**
 * Checks what ships as it ships: packs the tarball, unpacks it where only its own files can be
 * found, loads every entry by import and by require, and lints the package and its types.
 */
import { copyFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pack, PLACE, ROOT } from './pack.mjs';
import { run } from './run.mjs';

const place = join(PLACE, 'unpacked');
const installed = join(place, 'node_modules/nestjs-ants-otp');

rmSync(PLACE, { recursive: true, force: true });
mkdirSync(installed, { recursive: true });
writeFileSync(join(place, 'package.json'), '{ "private": true }');

run(ROOT, 'npx', ['publint', '--strict']);
const tarball = pack();
run(ROOT, 'npx', ['attw', tarball.file]);
run(place, 'tar', ['-xzf', tarball.file, '-C', installed, '--strip-components=1']);

const { exports, dependencies, peerDependenciesMeta, bin } = JSON.parse(
  readFileSync(join(installed, 'package.json'), 'utf8'),
);
const entries = Object.keys(exports)
  .filter((name) => !name.endsWith('.json'))
  .map((name) => name.replace('.', 'nestjs-ants-otp'));
for (const entry of entries) {
  const names = (code, ...flags) => run(place, 'node', [...flags, '-e', code]).trim();
  const show = (value) =>
    `console.log(Object.keys(${value}).filter((n) => n !== 'default' && n !== 'module.exports' && n !== '__esModule').sort().join())`;
  const imported = names(show(`await import('${entry}')`), '--input-type=module');
  const required = names(show(`require('${entry}')`), '--input-type=commonjs');
  if (imported === '' || imported !== required)
    throw new Error(`${entry}: import gives "${imported}", require gives "${required}"`);
  console.log(`${entry}: ${imported.split(',').length} names by import and by require`);
}

const { paths } = JSON.parse(
  run(place, 'node', [
    '-p',
    "JSON.stringify(require('nestjs-ants-otp/openapi.json'))",
    '--input-type=commonjs',
  ]),
);
console.log(`openapi.json: ${Object.keys(paths).length} paths`);

copyFileSync(join(import.meta.dirname, 'mixed-builds.mjs'), join(place, 'mixed-builds.mjs'));
console.log(run(place, 'node', ['mixed-builds.mjs']).trim());

for (const [command, word] of [
  ['ants-simulator', '--port'],
  ['nestjs-ants-otp', 'doctor'],
]) {
  const help = run(place, 'node', [join(installed, bin[command]), '--help']);
  if (!help.includes(word)) throw new Error(`${command} --help says "${help}"`);
}

// An app that imports the entry for OpenTelemetry has it.
const loading = tarball.files
  .map(({ path }) => path)
  .filter((path) => path.endsWith('.js') && !path.includes('/opentelemetry/'))
  .filter((path) => {
    const text = readFileSync(join(installed, path), 'utf8');
    return Object.keys(peerDependenciesMeta).some((peer) =>
      new RegExp(`(?:from|import|require)[\\s(]*['"]${peer}['"]`).test(text),
    );
  });
if (loading.length > 0)
  throw new Error(`These files would load an optional peer: ${loading.join(', ')}`);

const parsers = run(place, 'node', [
  ...['-p', "require('nestjs-ants-otp'), Object.keys(require.cache).join()"],
  '--input-type=commonjs',
]).match(/fast-xml-parser/g);
if (parsers)
  throw new Error('The XML parser is loaded with the app; it should be with the first XML.');

// Its charts' library is taken in, and only what is used of it.
const consoleSize = statSync(join(installed, 'dist/esm/src/console/index.js')).size;
console.log(`console: ${Math.round(consoleSize / 1024)} KB on the server`);
if (consoleSize > 160 * 1024) throw new Error('The console has grown: was all of D3 taken in?');

const stray = tarball.files
  .map(({ path }) => path)
  .filter((path) => /\.spec\.|\.ts$/.test(path) && !path.endsWith('.d.ts'));
if (stray.length > 0) throw new Error(`These files should not ship: ${stray.join(', ')}`);
console.log(
  `tarball: ${Math.round(tarball.size / 1024)} KB packed, ${Math.round(tarball.unpackedSize / 1024)} KB unpacked, ${tarball.files.length} files, ${Object.keys(dependencies).length} dependencies`,
);
