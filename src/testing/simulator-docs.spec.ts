import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { controlRoutes } from './ants-simulator.control-routes.js';
import { simulatorSettings } from './ants-simulator.options.js';
import { ANTS_REPORT_SCHEDULES } from './ants-simulator.schedule.js';
import { ANTS_MAGIC_NUMBERS, AntsSimulator } from './index.js';

const DOC = readFileSync(new URL('../../docs/simulator.md', import.meta.url), 'utf8');

/** The first two cells of the rows of a section's table. */
function rows(heading: string): string[] {
  const [, section = ''] = DOC.split(new RegExp(`\n##+ ${heading}\n`));
  return (section.split('\n## ')[0] ?? '')
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(1);
}

describe('docs/simulator.md', () => {
  it('lists the magic numbers of the code', () => {
    expect(rows('Magic numbers')).toEqual(
      ANTS_MAGIC_NUMBERS.map(({ mobile, does }) => `| ${mobile} | ${does} |`),
    );
  });

  it('lists the routes of the control API', () => {
    expect(rows('Control API')).toEqual(
      controlRoutes(new AntsSimulator()).map(
        ({ method, path, does }) =>
          `| \`${method} /_simulator/${path.replace(/\/$/, '/:id')}\` | ${does} |`,
      ),
    );
  });

  it('lists every option with its default', () => {
    const listed = rows('Options').join('\n');
    const settings = Object.entries(simulatorSettings({}));

    for (const [name, value] of settings) {
      expect(listed).toContain(`\`${name}\``);
      if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
        expect(listed).toMatch(new RegExp(`\`${name}\`.*\`${value}\``));
    }
  });

  it('lists every schedule of reports', () => {
    const listed = rows('Delivery reports').map((row) => row.split('`')[1]);

    expect(listed).toEqual([...ANTS_REPORT_SCHEDULES]);
  });
});
