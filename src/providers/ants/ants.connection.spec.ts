import { once } from 'node:events';
import { Agent, createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CERT, KEY } from '../../../test/contract/provider-certificate.js';
import { AntsConnection } from './ants.connection.js';

describe('AntsConnection over TLS', () => {
  const requests: string[] = [];
  const server = createServer({ key: KEY, cert: CERT }, (request) => {
    requests.push(request.url ?? '');
    request.socket.destroy();
  });

  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => {
    server.close();
  });

  /** Posts to the server, which drops every request; gives the error and what the connection says. */
  async function post(path: string, agent: Agent, signal = new AbortController().signal) {
    const connection = new AntsConnection(signal, 3_000);
    const { port } = server.address() as AddressInfo;
    const target = { protocol: 'https:', host: '127.0.0.1', port, path, method: 'POST', agent };
    const request = connection.request(target, () => undefined);
    request.end('{}');
    const [error] = (await once(request, 'error')) as [NodeJS.ErrnoException];
    agent.destroy();
    return { code: error.code, opened: connection.opened };
  }

  it('is not opened by a certificate that is not trusted', async () => {
    const outcome = await post('/untrusted', new Agent());
    expect(outcome).toEqual({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT', opened: false });
  });

  it('is not opened by a certificate for another name', async () => {
    const agent = new Agent({ ca: CERT, servername: 'ants.example' });
    const outcome = await post('/other-name', agent);
    expect(outcome).toEqual({ code: 'ERR_TLS_CERT_ALTNAME_INVALID', opened: false });
  });

  it('is opened by a handshake that succeeds, so the same reset proves nothing any more', async () => {
    const outcome = await post('/trusted', new Agent({ ca: CERT }));
    expect(outcome).toEqual({ code: 'ECONNRESET', opened: true });
    // The two requests before this one were never seen.
    expect(requests).toEqual(['/trusted']);
  });

  it('does not start a call that is over', () => {
    const connection = new AntsConnection(AbortSignal.abort(), 3_000);
    expect(() => connection.request({ protocol: 'https:' }, () => undefined)).toThrow();
    expect(connection.opened).toBe(false);
  });
});
