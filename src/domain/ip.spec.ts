import { describe, expect, it } from '@jest/globals';
import { readIp } from './ip.js';

describe('an address, as limits count it', () => {
  it.each([
    ['203.0.113.7', 'ipv4', '203.0.113.7'],
    [' 203.0.113.7 ', 'ipv4', '203.0.113.7'],
    ['203.000.113.007', 'ipv4', '203.0.113.7'],
    ['::ffff:203.0.113.7', 'ipv4', '203.0.113.7'],
    ['::FFFF:cb00:7107', 'ipv4', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', 'ipv6', '2001:db8:1:2'],
    ['2001:0DB8:0001:0002::99', 'ipv6', '2001:db8:1:2'],
    ['2001:db8::1', 'ipv6', '2001:db8:0:0'],
    ['fe80::1%eth0', 'ipv6', 'fe80:0:0:0'],
    ['::1', 'ipv6', '0:0:0:0'],
    ['::', 'ipv6', '0:0:0:0'],
  ])('%s is %s %s', (text, kind, network) => {
    expect(readIp(text)).toEqual({ kind, network });
  });

  it.each([
    '',
    'localhost',
    '1.2.3',
    '1.2.3.256',
    '1.2.3.4.5',
    '12345::',
    ':',
    ':::',
    '2001:db8::1]',
    'a:b',
    '1.2.3.4:80',
  ])('%j is none', (text) => {
    expect(readIp(text)).toBeNull();
  });
});
