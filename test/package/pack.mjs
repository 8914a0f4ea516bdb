import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './run.mjs';

export const ROOT = join(import.meta.dirname, '../..');
/** Everything that these checks make. */
export const PLACE = join(ROOT, 'build/package');

let packed;

/** The tarball as it would be published, made once. */
export function pack() {
  if (!existsSync(PLACE)) mkdirSync(PLACE, { recursive: true });
  const make = ['pack', '--json', '--ignore-scripts', '--pack-destination', PLACE];
  packed ??= JSON.parse(run(ROOT, 'npm', make))[0];
  return { ...packed, file: join(PLACE, packed.filename) };
}
