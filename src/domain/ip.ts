/** An address as limits count it: one IPv4 address, or the /64 network that one IPv6 customer gets. */
export interface CountedIp {
  kind: 'ipv4' | 'ipv6';
  network: string;
}

/** Reads an address in any spelling; an IPv4 address inside IPv6 is one. `null` = no address. */
export function readIp(text: string): CountedIp | null {
  const [address = ''] = text.trim().split('%');
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(address)) return ipv4(address);
  const url = `http://[${address}]`;
  if (!address.includes(':') || !URL.canParse(url)) return null;
  // The parser writes every spelling of an IPv6 address in the same way (RFC 5952).
  const groups = expand(new URL(url).hostname.slice(1, -1));
  const mapped = groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff';
  if (mapped) return ipv4(groups.slice(6).flatMap(bytesOf).join('.'));
  return { kind: 'ipv6', network: groups.slice(0, 4).join(':') };
}

/** What stands for an address wherever it is counted: its network, or the text itself if it is no address. */
export function networkOf(text: string): string {
  return readIp(text)?.network ?? text;
}

function ipv4(address: string): CountedIp | null {
  const parts = address.split('.').map(Number);
  return parts.every((part) => part <= 255) ? { kind: 'ipv4', network: parts.join('.') } : null;
}

function expand(address: string): string[] {
  const [head = '', tail] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  if (tail === undefined) return before;
  const after = tail === '' ? [] : tail.split(':');
  return [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after];
}

const bytesOf = (group: string): number[] => {
  const value = parseInt(group, 16);
  return [value >> 8, value & 255];
};
