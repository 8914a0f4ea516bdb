import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Findings, Measurement } from './measurement.js';

/** The repository: the bench runs from `build/bench/`. */
const ROOT = join(import.meta.dirname, '../..');

interface Manifest {
  dependencies?: Record<string, string>;
}
interface Packed {
  size: number;
  unpackedSize: number;
  entryCount: number;
}

async function run(): Promise<Findings> {
  const { stdout } = await promisify(execFile)(
    'npm',
    ['pack', '--dry-run', '--json', '--ignore-scripts'],
    { cwd: ROOT, maxBuffer: 2 ** 24 },
  );
  const [packed] = Object.values(JSON.parse(stdout) as Record<string, Packed>);
  if (!packed) throw new Error('npm packed nothing.');
  const folders = dependenciesOf(ROOT);
  const files = [...folders].flatMap(filesIn);
  const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
  const row = (name: string, size: number, count: number): string[] => [
    name,
    (size / 2 ** 20).toFixed(2),
    String(count),
  ];
  return {
    table: {
      head: ['size', 'MB', 'files'],
      rows: [
        row('the package, packed', packed.size, 1),
        row('… unpacked', packed.unpackedSize, packed.entryCount),
        row(`its ${folders.size} dependencies, without the peers`, bytes, files.length),
      ],
    },
    missed: [],
  };
}

/** The folders of all that comes with a package, however deep. */
function dependenciesOf(folder: string, found = new Set<string>()): Set<string> {
  const { dependencies = {} } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  ) as Manifest;
  for (const name of Object.keys(dependencies)) {
    const own = join(folder, 'node_modules', name);
    const dependency = isFolder(own) ? own : join(ROOT, 'node_modules', name);
    if (found.has(dependency)) continue;
    found.add(dependency);
    dependenciesOf(dependency, found);
  }
  return found;
}

const isFolder = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

/** Every file of a package, without those of packages inside it. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : filesIn(path);
    return [path];
  });
}

export const size: Measurement = {
  name: 'size',
  about: 'what an installation brings.',
  run,
};
