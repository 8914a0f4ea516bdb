import { expect, it } from '@jest/globals';
import type { MarkKind } from '../domain/marks.js';
import { words } from '../domain/words.js';
import { verdicts } from './verdict.js';

const HEALTH = { circuit: 'closed', credit: 'ok', configuration: 'ok' } as const;
const mark = (kind: MarkKind) => ({ kind, what: words('', ''), rule: words('', ''), named: null });
const tones = (...given: Parameters<typeof verdicts>): string =>
  verdicts(...given)
    .map(({ side, tone }) => `${side} ${tone}`)
    .filter((said) => !said.endsWith('good'))
    .join();

it('says nothing against a quiet time', () => {
  expect(tones({ health: HEALTH, marks: [] }, [])).toBe('');
});

it.each([
  ['not_sent', 'ants bad'],
  ['no_reports', 'ants bad'],
  ['conversion_drop', 'operators bad'],
  ['range_drop', 'operators bad'],
  ['range_spike', 'attack bad'],
] as const)('leads from %s to %s', (kind, expected) => {
  expect(tones({ health: HEALTH, marks: [mark(kind)] }, [])).toBe(expected);
});

it.each([
  [{ configuration: 'refused' }, 'us bad'],
  [{ credit: 'out' }, 'us bad'],
  [{ circuit: 'open' }, 'ants bad'],
  [{ circuit: 'half-open' }, 'ants watch'],
] as const)('leads from %j to %s', (health, expected) => {
  expect(tones({ health: { ...HEALTH, ...health }, marks: [] }, [])).toBe(expected);
});

it('tells what someone or a guard has stopped, after what is worse', () => {
  const pause = { kind: 'pause', purpose: null, until: null } as const;
  const guard = { kind: 'guard', purpose: 'login', range: '08123', until: null } as const;
  expect(tones({ health: HEALTH, marks: [] }, [pause, guard])).toBe('us watch,attack watch');
  const [us] = verdicts({ health: { ...HEALTH, credit: 'out' }, marks: [] }, [pause]);
  expect(us?.tone).toBe('bad');
  expect(us?.reasons.map(({ en }) => en)).toEqual([
    'The credit at ANTS is out',
    'Sends are paused',
  ]);
});
