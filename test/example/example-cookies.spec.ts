import { afterEach, describe, expect, it } from '@jest/globals';
import { readCookie, writeCookie } from '../../example/cookies.js';

describe('the cookies of the example', () => {
  const environment = process.env.NODE_ENV;
  afterEach(() => {
    process.env.NODE_ENV = environment;
  });

  const written = (name: string, value: string, seconds = 60): string => {
    let cookie = '';
    writeCookie({ header: (_, sent) => (cookie = sent) }, name, value, seconds);
    return cookie;
  };

  it('are read as they were written', () => {
    const [pair = ''] = written('sid', 'a b;"=ก').split('; ');
    expect(readCookie({ cookie: `x=1; ${pair}; y="2"` }, 'sid')).toBe('a b;"=ก');
  });

  it('can in production be set by no other host', () => {
    process.env.NODE_ENV = 'production';
    expect(written('sid', 'x')).toBe(
      '__Host-sid=x; Max-Age=60; Path=/; HttpOnly; SameSite=Lax; Secure',
    );
    expect(readCookie({ cookie: '__Host-sid=x' }, 'sid')).toBe('x');
    expect(readCookie({ cookie: 'sid=planted' }, 'sid')).toBeUndefined();
  });

  it.each([
    ['none', undefined],
    ['no pair of this name', 'asid=x; sid2=x; SID=x'],
    ['a planted one before', 'sid=planted; sid=own'],
    ['a planted one after', 'sid=own; sid=planted'],
    ['the same twice', 'sid=own; sid=own'],
    ['an empty one beside', 'sid=own;sid='],
    ['what this app has not written', 'sid=%'],
  ])('count as none with %s', (_, cookie) => {
    expect(readCookie({ cookie }, 'sid')).toBeUndefined();
  });
});
