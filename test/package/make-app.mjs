import { cpSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './run.mjs';

/** What of an app a page changes. */
const CHANGED = ['src', 'test', '.env', 'dist', 'tsconfig.tsbuildinfo'];

/** Makes an app as `nest new` does: the whole template, installed. */
export function makeApp(place, { name, nest, type }) {
  const folder = join(place, name);
  rmSync(folder, { recursive: true, force: true });
  // In the folder of the templates, or a newer version further up would be found.
  const home = templates(place, nest);
  run(home, join(home, 'node_modules/.bin/schematics'), [
    '@nestjs/schematics:application',
    `--name=${name}`,
    `--directory=${name}`,
    '--package-manager=npm',
    ...(nest > 11 ? [`--type=${type}`] : []),
    '--no-dry-run',
  ]);
  renameSync(join(home, name), folder);
  run(folder, 'npm', ['install', '--no-audit', '--no-fund']);
  for (const part of ['src', 'test']) cpSync(join(folder, part), kept(folder, part), COPY);
  return folder;
}

/** As the template was: the next page begins with it. */
export function resetApp(folder) {
  for (const part of CHANGED) rmSync(join(folder, part), { recursive: true, force: true });
  for (const part of ['src', 'test']) cpSync(kept(folder, part), join(folder, part), COPY);
}

const COPY = { recursive: true };
const kept = (folder, part) => join(`${folder}-template`, part);

/** The templates of a major version of Nest, installed once. */
function templates(place, nest) {
  const folder = join(place, `templates-${nest}`);
  if (existsSync(folder)) return folder;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  run(folder, 'npm', [
    ...['install', '--no-audit', '--no-fund', '--ignore-scripts'],
    ...[`@nestjs/schematics@${nest}`, '@angular-devkit/schematics-cli@19'],
  ]);
  return folder;
}
