import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { DELIVERY_RANKS } from './delivery.js';
import { OTP_ERRORS } from './errors.js';
import * as lifecycle from './lifecycle.js';
import { OTP_STATUSES } from './otp.js';

const { endRefusal, LIVE_STATUSES, TRANSITIONS } = lifecycle;
const DOC = readFileSync(new URL('../../docs/lifecycle.md', import.meta.url), 'utf8');

/** The text under a heading, up to the next one of its level. */
function section(heading: string): string {
  const [, text = ''] = DOC.split(`\n## ${heading}\n`);
  return text.split('\n## ')[0] ?? '';
}

/** The cells of a section's table rows, without the head. */
const rows = (heading: string): string[][] =>
  section(heading)
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
const names = (cell = ''): string[] => [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name);

/** The arrows of the picture: from, to, and each transition on them. */
const arrows = [...section('In one picture').matchAll(/^ {2}(\w+) --> (\w+) : (.+)$/gm)].flatMap(
  ([, from = '', to = '', labels = '']) =>
    labels.split(', ').map((transition) => ({ from, to, transition })),
);

describe('docs/lifecycle.md', () => {
  it('lists the transitions of the code', () => {
    const listed = rows('Transitions').map(([transition, from, to]) => [
      names(transition)[0],
      { from: names(from), to: names(to) },
    ]);
    expect(listed).toEqual(Object.entries(TRANSITIONS));
  });

  it('draws only transitions of the code', () => {
    const wrong = arrows.filter(({ from, to, transition }) => {
      const known = Object.entries(TRANSITIONS).find(([name]) => name === transition)?.[1];
      const lists: { from: readonly string[]; to: readonly string[] } = known ?? {
        from: [],
        to: [],
      };
      return !lists.from.includes(from) || !lists.to.includes(to);
    });
    expect(wrong).toEqual([]);
  });

  it('draws every transition, from every state and to every state', () => {
    const ends = (drawn: typeof arrows) => ({
      from: new Set(drawn.map(({ from }) => from)),
      to: new Set(drawn.map(({ to }) => to)),
    });
    for (const [name, { from, to }] of Object.entries(TRANSITIONS))
      expect([name, ends(arrows.filter(({ transition }) => transition === name))]).toEqual([
        name,
        { from: new Set(from), to: new Set(to) },
      ]);
  });

  it('lists the states and what they answer', () => {
    const listed = rows('States').map(([state, kind, , answer]) => [
      names(state)[0],
      kind,
      names(answer)[0],
    ]);
    const live: readonly string[] = LIVE_STATUSES;
    expect(listed).toEqual(
      OTP_STATUSES.map((status) => [
        status,
        live.includes(status) ? 'live' : 'end',
        endRefusal(status).code,
      ]),
    );
  });

  it('lists the delivery order', () => {
    expect(rows('Delivery of the SMS').map(([rank, name]) => [rank, names(name)[0]])).toEqual(
      DELIVERY_RANKS.map((name, rank) => [String(rank), name]),
    );
  });

  it('lists every number of the code', () => {
    const listed = rows('Numbers').map(([name, value]) => [names(name)[0], Number(value)]);
    const constants = Object.entries(lifecycle).filter(([name]) => name.endsWith('_SECONDS'));
    expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(constants));
  });

  it.each(['Request', 'Resend', 'Verify', 'Cancel, consume, revoke'])(
    'names only error codes that exist under "%s"',
    (heading) => {
      const answers = rows(heading).flatMap((cells) => names(cells.at(-1)));
      const known = [...Object.keys(OTP_ERRORS), 'verified', 'false'];
      expect(answers.length).toBeGreaterThan(0);
      expect(answers.filter((answer) => !known.includes(answer))).toEqual([]);
    },
  );
});
