import { BlockList, isIP } from 'node:net';
import { tidy } from './checks.js';
import { HiddenValue, fail } from './config-error.js';

export function url(option: string, value: unknown, insecure: boolean): string {
  // The parser would silently drop blanks and line ends.
  if (typeof value === 'string') tidy(option, value);
  const parsed = typeof value === 'string' && URL.canParse(value) ? new URL(value) : null;
  const scheme = parsed?.protocol === 'https:' || (insecure && parsed?.protocol === 'http:');
  const credentials = parsed !== null && (parsed.username !== '' || parsed.password !== '');
  if (!parsed || !scheme || credentials || parsed.href.includes('?') || parsed.href.includes('#'))
    fail(
      option,
      credentials ? new HiddenValue(value) : value,
      `an ${insecure ? 'http(s)' : 'https'} address without credentials, query or fragment${insecure ? '' : ' (http needs allowInsecure)'}`,
    );
  return parsed.href.replace(/\/+$/, '');
}

export function proxyAddress(value: unknown): string {
  if (typeof value === 'string') tidy('proxy', value);
  const parsed = typeof value === 'string' && URL.canParse(value) ? new URL(value) : null;
  const bare = parsed?.pathname === '/' && !parsed.search && !parsed.hash;
  if (parsed?.protocol !== 'http:' || !bare || !isUrlEncoded(parsed))
    fail('proxy', value, 'an address like http://user:password@proxy.example:3128');
  return parsed.href;
}

function isUrlEncoded({ username, password }: URL): boolean {
  try {
    decodeURIComponent(username + password);
    return true;
  } catch {
    return false;
  }
}

/** An empty list could mean nobody or anybody. */
export function networks(values: unknown): BlockList {
  if (!Array.isArray(values) || values.length === 0)
    fail('webhookAddresses', values, 'a list of at least one address or network');
  const list = new BlockList();
  for (const [i, value] of values.entries()) {
    const option = `webhookAddresses[${i}]`;
    if (typeof value === 'string') tidy(option, value);
    if (!addNetwork(list, value))
      fail(option, value, 'an IPv4 or IPv6 address, or a network such as 203.0.113.0/24');
  }
  return list;
}

function addNetwork(list: BlockList, value: unknown): boolean {
  const [, address = '', prefix] =
    /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(typeof value === 'string' ? value : '') ?? [];
  const version = isIP(address);
  const longest = version === 6 ? 128 : 32;
  const length = Number(prefix ?? longest);
  if (version === 0 || length > longest) return false;
  list.addSubnet(address, length, version === 6 ? 'ipv6' : 'ipv4');
  return true;
}
