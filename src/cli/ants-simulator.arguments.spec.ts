import { describe, expect, it } from '@jest/globals';
import { FLAGS, readArguments } from './ants-simulator.arguments.js';
import { HELP } from './ants-simulator.help.js';

describe('readArguments', () => {
  it('has defaults', () => {
    expect(readArguments([])).toEqual({ kind: 'run', options: { port: 8090 }, quiet: false });
  });

  it('reads every flag', () => {
    const line =
      '--port 0 --username u --password 1234 --otc-id A --otc-id B --code-length 4 --ttl 60 ' +
      '--max-attempts 3 --latency 50-400 --fail-rate 0.25 --seed 9 --reports early --quiet ' +
      '--set keyCase=lower --set failureStatus=400 --set bearerToken=a=b --set resendNewCode=false';

    expect(readArguments(line.split(' '))).toEqual({
      kind: 'run',
      quiet: true,
      options: {
        port: 0,
        username: 'u',
        password: '1234',
        otcIds: ['A', 'B'],
        codeLength: 4,
        ttl: 60,
        maxAttempts: 3,
        latencyMs: [50, 400],
        failRate: 0.25,
        seed: 9,
        reports: 'early',
        keyCase: 'lower',
        failureStatus: 400,
        bearerToken: 'a=b',
        resendNewCode: false,
      },
    });
  });

  it.each(['66', 'any'])('sets mobileForm=%s', (mobileForm) => {
    expect(readArguments(['--set', `mobileForm=${mobileForm}`])).toMatchObject({
      options: { mobileForm },
    });
  });

  it('takes one latency', () => {
    expect(readArguments(['--latency', '20'])).toMatchObject({ options: { latencyMs: 20 } });
  });

  it.each(['--help', '-h'])('knows %s', (flag) => {
    expect(readArguments(['--port', 'x', flag])).toEqual({ kind: 'help' });
  });

  it.each([
    [['--port', '70000'], '--port must be a whole number from 0 to 65535, got 70000.'],
    [['--port', 'http'], '--port must be a whole number from 0 to 65535, got "http".'],
    [['--code-length', '3'], '--code-length must be a whole number from 4 to 10, got 3.'],
    [['--latency', '9-1'], '--latency must be a whole number from 0, or two of them, the lower'],
    [['--fail-rate', '2'], '--fail-rate must be a number from 0 to 1, got 2.'],
    [['--reports', 'often'], '--reports must be one of delivered, early,'],
    [['--username', ''], '--username must be a text that is not empty, got "".'],
    [['--password', ''], '--password must be a text that is not empty, got (not shown).'],
    [['--set', 'other=1'], '--set: there is no "other", only port, username,'],
    [['--set', 'toString=1'], '--set: there is no "toString", only port, username,'],
    [
      ['--set', 'keyCase=big'],
      '--set keyCase must be one of camel, pascal, lower, upper, got "big".',
    ],
    [['--set', 'mobileForm=67'], '--set mobileForm must be one of 66, any, got 67.'],
    [['--other'], "Unknown option '--other'"],
    [['--other'], 'The flags are --port, --username,'],
    [['--ttl'], "Option '--ttl <value>' argument missing"],
    [['stray'], "Unexpected argument 'stray'"],
  ])('refuses %j with a sentence', (args, sentence) => {
    expect(readArguments(args)).toEqual({
      kind: 'refused',
      sentence: expect.stringContaining(sentence),
    });
  });

  it('leaves no flag without help', () => {
    const known = [...HELP.matchAll(/^ {2}--([\w-]+)/gm)].map(([, flag]) => flag);

    expect(known).toEqual(Object.keys(FLAGS));
  });
});
