import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { withVersions } from './dependencies.mjs';
import { POSTGRES, ROWS } from './rows.mjs';
import type { VersionRow } from './rows.mjs';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const workflow = read('.github/workflows/ci.yml');

const VERSIONS = {
  node: [20, 22, 24],
  postgres: [15, 16, 17, 18],
  nest: [11, 12],
  typeorm: ['0.3', '1'],
} as const satisfies Partial<Record<keyof VersionRow, readonly unknown[]>>;
type Axis = keyof typeof VERSIONS;
const AXES = Object.keys(VERSIONS) as Axis[];
const PAIRS = AXES.flatMap((one, i) =>
  AXES.slice(i + 1).flatMap((two) =>
    VERSIONS[one].flatMap((a) => VERSIONS[two].map((b) => [one, a, two, b] as const)),
  ),
);

describe('the rows of .ci/versions', () => {
  it.each(PAIRS)('have %s %s with %s %s', (one, a, two, b) => {
    expect(ROWS.some((row) => row[one] === a && row[two] === b)).toBe(true);
  });

  it('are the fewest that have every pair, and name nothing else', () => {
    expect(ROWS).toHaveLength(VERSIONS.node.length * VERSIONS.postgres.length);
    for (const axis of AXES)
      for (const row of ROWS) expect(VERSIONS[axis] as readonly unknown[]).toContain(row[axis]);
  });

  it('have names of their own, and a server for each PostgreSQL', () => {
    expect(new Set(ROWS.map(({ name }) => name)).size).toBe(ROWS.length);
    for (const [major, version] of Object.entries(POSTGRES)) expect(version).toMatch(`${major}.`);
    expect(Object.keys(POSTGRES)).toEqual(VERSIONS.postgres.map(String));
  });

  it('run as one job each in CI', () => {
    const [, listed = ''] = /^ {8}row:\n((?: {10}- .*\n)+)/m.exec(workflow) ?? [];
    const jobs = [...listed.matchAll(/- (\S+)/g)].map(([, name]) => name);
    expect(jobs).toEqual(ROWS.map(({ name }) => name));
  });
});

describe('the dependencies of a row', () => {
  const manifest = JSON.parse(read('package.json')) as {
    devDependencies: Record<string, string>;
    peerDependencies: Record<string, string>;
  };

  it('are those of this repository on NestJS 12 and TypeORM 1', () => {
    expect(withVersions(manifest, { nest: 12, typeorm: '1' })).toEqual(manifest);
  });

  it('are in the ranges of the peer dependencies on NestJS 11 and TypeORM 0.3', () => {
    const { devDependencies } = withVersions(manifest, { nest: 11, typeorm: '0.3' });
    const majors = Object.entries(manifest.peerDependencies)
      .filter(([name]) => name.startsWith('@nestjs/'))
      .map(([name, range]) => [name, range.split('.')[0]]);
    expect(majors.length).toBeGreaterThan(5);
    for (const [name, major] of majors) expect(devDependencies[name!]).toBe(major);
    expect(devDependencies.typeorm).toBe('~0.3.20');
    expect(devDependencies['@nestjs/cli']).toBe(manifest.devDependencies['@nestjs/cli']);
  });
});

describe('ci.yml', () => {
  it('runs every script that .ci/run runs', () => {
    const scripts = [...read('.ci/run').matchAll(/^check '.*?(?:npm run|\stests) ([\w:]+)/gm)];
    expect(scripts.length).toBeGreaterThan(9);
    for (const [, script = ''] of scripts)
      expect(workflow).toContain(script === 'test' ? 'run: npm test\n' : `npm run ${script}`);
  });

  it('may read the repository and nothing else, and ends', () => {
    expect(workflow.match(/permissions:\n {2}contents: read\n/g)).toHaveLength(1);
    expect(workflow.match(/permissions:/g)).toHaveLength(1);
    const jobs = workflow.match(/^ {4}runs-on: /gm) ?? [];
    expect(workflow.match(/^ {4}timeout-minutes: \d+$/gm)).toHaveLength(jobs.length);
  });
});
