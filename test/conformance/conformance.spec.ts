import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { AntsSimulator } from 'nestjs-ants-otp/testing';
import { AntsCaller } from './ants-caller.js';
import { checkFacts } from './check-facts.js';
import { checkSimulator } from './check-simulator.js';
import { FACTS } from './facts.js';
import { findingsTable } from './findings-table.js';
import { Probe } from './probe.js';
import { READINGS } from './readings.js';

/** What each reading shows in place of what is expected. */
const DIFFERENCES: Record<string, Record<string, string>> = {
  'as documented': {},
  'failures with HTTP 400': {
    'HTTP status of a business failure (unknown otpId)': 'reading: HTTP 400',
  },
  'failures at the root': {
    'where a failure stands': 'reading: root',
  },
  'codes without leading zeros': {
    'how a failure writes its code': 'reading: "303"',
    'code of an accepted requestOTP': 'reading: "0"',
  },
  'codes as numbers': {
    'how a failure writes its code': 'reading: 303',
    'code of an accepted requestOTP': 'reading: 0',
  },
  'messages without codes': {
    'how a failure writes its code': 'reading: none',
    'code of an accepted requestOTP': 'reading: none',
  },
  'messages in Thai': {
    "language of a failure's message": 'reading: Thai',
  },
  'Thai messages without codes': {
    'how a failure writes its code': 'reading: none',
    "language of a failure's message": 'reading: Thai',
    'code of an accepted requestOTP': 'reading: none',
  },
  'keys in Pascal case': {
    'case of the keys': 'reading: OtpId',
    "case of a failure's keys": 'reading: Message',
    'spelling of the reference code': 'reading: ReferenceCode',
  },
  'keys in lower case': {
    'case of the keys': 'reading: otpid',
    'spelling of the reference code': 'reading: referencecode',
  },
  'keys in upper case': {
    'case of the keys': 'reading: OTPID',
    "case of a failure's keys": 'reading: MESSAGE',
    'spelling of the reference code': 'reading: REFERENCECODE',
  },
  'old spelling of the reference': {
    'fields of an accepted resendOTP': 'reading: otcId, otpId, referrenceCode, success',
    'spelling of the reference code': 'reading: referrenceCode',
  },
  'a flag on every wrong code': {
    'verifyOTP of a wrong code': 'reading: result false + isErrorCount',
    'verifyOTP when the attempts are used up':
      'reading: result false + isErrorCount after 1 to 12 wrong codes',
  },
  'flags swapped': {
    'verifyOTP when the attempts are used up': 'reading: result false + isExprCode',
    'verifyOTP of an expired code': 'reading: result false + isErrorCount',
  },
  'codes in place of flags': {
    'verifyOTP when the attempts are used up': 'reading: 0304',
    'verifyOTP of an expired code': 'reading: 0305',
  },
  'numbers with any prefix': {
    'requestOTP to a number that starts with 0 in place of 66': 'reading: accepted',
  },
  'a resend keeps the otpId': {
    'otpId after a resend': 'reading: the same',
    'verifyOTP of the first otpId after a resend': 'reading: result false',
  },
  'a resend keeps the code': {
    'code after a resend': 'reading: the same',
  },
  'a resend reads the otcId': {
    'resendOTP with the otpId alone': 'reading: 9996',
    'otpId after a resend': 'skipped: needs an accepted resend',
    'fields of an accepted resendOTP': 'skipped: needs an accepted resend',
    'life of the code after a resend': 'skipped: needs an accepted resend',
    'reference code after a resend': 'skipped: needs an accepted resend',
    'reports of a resend': 'skipped: needs an accepted resend',
    'verifyOTP of the first otpId after a resend': 'skipped: needs an accepted resend',
    'code after a resend': 'skipped: needs an accepted resend',
    'resendOTP with the otcId alone': 'reading: accepted',
  },
  'a resend reads both ids': {
    'resendOTP with the otpId alone': 'reading: 9996',
    'otpId after a resend': 'skipped: needs an accepted resend',
    'fields of an accepted resendOTP': 'skipped: needs an accepted resend',
    'life of the code after a resend': 'skipped: needs an accepted resend',
    'reference code after a resend': 'skipped: needs an accepted resend',
    'reports of a resend': 'skipped: needs an accepted resend',
    'verifyOTP of the first otpId after a resend': 'skipped: needs an accepted resend',
    'code after a resend': 'skipped: needs an accepted resend',
  },
  'status as a list': {
    'status of a JSON report': 'reading: list',
  },
  'details as one object': {
    'layout of a JSON report': 'reading: bulkId, details',
  },
  'report fields at the root': {
    'layout of a JSON report': 'reading: at the root',
  },
  'results of Infobip': {
    'which of to, text and credit a report holds': 'reading: to, text',
    'form of a date in a report': 'reading: 9999-99-99T99:99:99.999+9999',
    'layout of a JSON report': 'reading: results[]',
  },
  'callbackData at the root': {
    'where callbackData stands': 'reading: at the root',
  },
  'callbackData in the status': {
    'where callbackData stands': 'reading: in the status',
  },
  'messageId as a number': {
    'messageId of a JSON report': 'reading: number',
  },
  'reports before the answer': {
    'first report of an SMS, beside the answer of requestOTP': 'reading: before the answer',
  },
  'HTTP 200 for a wrong password': {
    'HTTP status for a wrong password': 'reading: HTTP 200',
  },
  'HTTP 403 for a wrong password': {
    'HTTP status for a wrong password': 'reading: HTTP 403',
  },
  'JSON whatever Accept says': {
    'answer to Accept: application/xml': 'reading: JSON',
  },
  'a postpaid account': {
    'type of the account': 'reading: postpaid',
  },
  'codes of failures in status': {
    'where a failure stands': 'reading: root, the code in status',
  },
  'a resend leaves the old otpId valid': {
    'verifyOTP of the first otpId after a resend': 'reading: result false',
  },
  'a resend keeps the reference': {
    'reference code after a resend': 'reading: the same',
  },
  'a resend keeps the expiry': {
    'life of the code after a resend': 'reading: goes on',
  },
  'a resend forgets callbackData': {
    'reports of a resend': 'reading: come, without callbackData',
  },
  'a resend forgets the notifyUrl': {
    'reports of a resend': 'reading: never come',
  },
  'a confirmed OTP calls other codes wrong': {
    'verifyOTP of another code after the right one': 'reading: result false',
  },
  'status as bare text': {
    'status of a JSON report': 'reading: text',
    'name and code of a status': 'reading: DELIVERED without a code',
  },
  'an unknown status name': {
    'name and code of a status': 'reading: an unknown name',
  },
  UNDELIVERABLE: {
    'name and code of a status': 'reading: UNDELIVERABLE with "2"',
  },
  'a sub-code in a status': {
    'name and code of a status': 'reading: DELIVERED with "000"',
  },
  'reports without bulkId': {
    'layout of a JSON report': 'reading: details[]',
  },
  'XML as text/xml': {
    'content type when application/xml was asked for': 'reading: text/xml',
  },
  'XML with a namespace': {
    'names of the elements in an XML report': 'reading: with a prefix',
  },
  'a Bearer token': {},
};

describe('the simulator', () => {
  it.each(READINGS)('shows every fact, $name', async ({ name, options }) => {
    const findings = await checkSimulator(options);
    const differences = findings.filter(({ verdict }) => verdict !== 'expected');

    expect(
      Object.fromEntries(
        differences.map(({ fact, seen, verdict }) => [fact, `${verdict}: ${seen}`]),
      ),
    ).toEqual(DIFFERENCES[name]);
  });
});

describe('a run with few SMS allowed', () => {
  it.each([0, 1, 3])('sends no more than %i', async (allowSms) => {
    const simulator = new AntsSimulator();
    const { username, password, otcIds } = simulator.settings;
    const caller = new AntsCaller({ baseUrl: await simulator.start(), username, password });
    const probe = new Probe({
      caller,
      otcId: otcIds[0]!,
      mobile: '66812345678',
      alone: false,
      allowSms,
    });

    const findings = await checkFacts(FACTS, probe);

    expect(simulator.inbox.length).toBeLessThanOrEqual(allowSms);
    expect(probe.smsUsed).toBe(simulator.inbox.length);
    expect(findings.map(({ verdict }) => verdict)).not.toContain('surprise');
    expect(findings.some(({ seen }) => seen === 'needs one more --allow-sms')).toBe(true);
    await simulator.stop();
  });

  it.each([{}, { mobileForm: 'any' }] as const)(
    'reaches nobody else, and nobody at all when it may send nothing: %j',
    async (options) => {
      const simulator = new AntsSimulator(options);
      const { username, password, otcIds } = simulator.settings;
      const caller = new AntsCaller({ baseUrl: await simulator.start(), username, password });
      const mobile = '66898765432';
      const run = { caller, otcId: otcIds[0]!, mobile, alone: true };
      const asked = () =>
        simulator.requests
          .filter(({ call }) => call === 'requestOTP')
          .map(({ body }) => (body as { mobile?: string }).mobile)
          .filter((receiver) => receiver !== undefined);

      await checkFacts(FACTS, new Probe({ ...run, allowSms: 0 }));
      expect(asked()).toEqual([]);
      expect(simulator.count('resendOTP')).toBe(0);

      const probe = new Probe({ ...run, allowSms: 20 });
      await checkFacts(FACTS, probe);
      expect(new Set(simulator.inbox.map(({ to }) => to))).toEqual(new Set([mobile]));
      expect(new Set(asked())).toEqual(new Set([mobile, '6689876543', '0898765432']));
      expect(probe.smsUsed).toBe(simulator.inbox.length);
      await simulator.stop();
    },
  );

  it('resends nothing by an otcId that others may use', async () => {
    const simulator = new AntsSimulator({ resendReads: 'otcId' });
    const { username, password, otcIds } = simulator.settings;
    const caller = new AntsCaller({ baseUrl: await simulator.start(), username, password });
    const mobile = '66812345678';

    await checkFacts(
      FACTS,
      new Probe({ caller, otcId: otcIds[0]!, mobile, alone: false, allowSms: 20 }),
    );

    expect(
      simulator.requests.filter(
        ({ call, body }) => call === 'resendOTP' && !('otpId' in (body as object)),
      ),
    ).toEqual([]);
    await simulator.stop();
  });

  it('counts an SMS whose answer was lost', async () => {
    const simulator = new AntsSimulator();
    const { username, password, otcIds } = simulator.settings;
    const caller = new AntsCaller({ baseUrl: await simulator.start(), username, password });
    simulator.next('requestOTP', { drop: 'after' }, 100);
    const probe = new Probe({
      caller,
      otcId: otcIds[0]!,
      mobile: '66812345678',
      alone: false,
      allowSms: 2,
    });

    await checkFacts(FACTS, probe);

    expect(probe.smsUsed).toBe(2);
    await simulator.stop();
  });
});

describe('a service that answers something else', () => {
  it('is a surprise, and the run goes on', async () => {
    const simulator = new AntsSimulator();
    const { username, password } = simulator.settings;
    const caller = new AntsCaller({ baseUrl: await simulator.start(), username, password });
    simulator.next('verifyOTP', { status: 418, body: 'teapot' }, 100);
    const probe = new Probe({
      caller,
      otcId: 'x',
      mobile: '66812345678',
      alone: false,
      allowSms: 0,
    });

    const findings = await checkFacts(FACTS, probe);

    expect(findings).toHaveLength(FACTS.length);
    expect(findings).toContainEqual({
      section: 2,
      fact: 'verifyOTP of an unknown otpId',
      expected: '0303',
      seen: 'HTTP 418, 6 characters',
      verdict: 'surprise',
    });
    await simulator.stop();
  });
});

describe('a service that says nothing', () => {
  it.each([
    ['', 'an empty answer'],
    ['<html><body>Welcome</body></html>', 'an HTML answer'],
  ])('is no surprise, and nothing is read into %j', async (body, seen) => {
    const simulator = new AntsSimulator();
    const { username, password, otcIds } = simulator.settings;
    const caller = new AntsCaller({ baseUrl: await simulator.start(), username, password });
    for (const call of ['requestOTP', 'resendOTP', 'verifyOTP', 'balance'] as const)
      simulator.next(call, { body }, 100);
    const run = { caller, otcId: otcIds[0]!, mobile: '66812345678', alone: false, allowSms: 5 };

    const findings = await checkFacts(FACTS, new Probe(run));
    await simulator.stop();

    const read = findings.filter(({ verdict }) => verdict !== 'skipped');
    expect(read.map((finding) => finding.seen)).toContain(seen);
    expect(
      read.filter((finding) => ![seen, 'HTTP 200'].includes(finding.seen)).map(({ fact }) => fact),
    ).toEqual([]);
  });
});

describe('the facts', () => {
  it('have one name each', () => {
    const names = FACTS.map(({ fact }) => fact);

    expect(new Set(names).size).toBe(names.length);
  });

  it('make a table of equal columns', () => {
    const table = findingsTable([
      { section: 2, fact: 'a fact', expected: 'yes', seen: 'yes', verdict: 'expected' },
    ]);

    expect(table.split('\n')).toEqual([
      '§  fact    expected  seen  verdict',
      '2  a fact  yes       yes   expected',
    ]);
  });
});

describe('docs/ants.md', () => {
  const PAGE = readFileSync(new URL('../../docs/ants.md', import.meta.url), 'utf8');
  /** The text under a heading, up to the next one. */
  const section = (heading: string): string =>
    PAGE.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';

  it('opens with the departure from the page of ANTS', () => {
    const [, first] = PAGE.split('\n\n');

    expect(first).toContain('`resendBody` defaults to `otpId`');
  });

  it('shows under "Conformance" every fact, as the simulator answers it', async () => {
    const findings = await checkSimulator({});
    const text = section('Conformance');

    expect(text.split('\n').filter((line) => line.startsWith('|'))).toEqual([
      '| § | fact | result | no surprise either |',
      '|---|---|---|---|',
      ...FACTS.map(({ section: number, fact, readings }, index) => {
        const { seen } = findings[index]!;
        return `| ${number} | ${fact} | ${seen} | ${readings.join(' · ') || '–'} |`;
      }),
    ]);
    expect(text).toContain(`\n${FACTS.length} expected, 0 reading, 0 surprise, 0 skipped.\n`);
  });

  it('names every switch of the simulator that the run goes through', () => {
    const text = section('Where a conflict became a switch');
    const switches = new Set(READINGS.flatMap(({ options }) => Object.keys(options)));

    expect([...switches].filter((name) => !text.includes(`simulator \`${name}\``))).toEqual([]);
  });

  it('numbers the questions to ANTS one after the other, each with what holds until then', () => {
    const text = section("Open questions for ANTS' support");
    const questions = text.split(/^(?=\d+\. )/m).slice(1);

    expect(questions.map((question) => parseInt(question))).toEqual(
      questions.map((_, index) => index + 1),
    );
    expect(questions.filter((question) => !question.includes('*Until then:*'))).toEqual([]);
    expect(questions.length).toBeGreaterThan(20);
  });
});
