import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { AntsCaller } from '../../test/conformance/ants-caller.js';
import { AntsSimulator, type AntsReportSchedule, type AntsSimulatorOptions } from './index.js';

let receiver: Server;
let simulator: AntsSimulator;
/** What happened in turn: the states of each push, and the answer of the request. */
let seen: string[];

beforeEach(async () => {
  seen = [];
  receiver = createServer((request, response) => {
    void text(request).then((body) => {
      const { details } = JSON.parse(body) as { details: { status: { name: string } }[] };
      seen.push(details.map(({ status }) => status.name).join('+'));
      response.end();
    });
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
});

afterEach(async () => {
  await simulator.stop();
  receiver.closeAllConnections();
  receiver.close();
});

async function request(options: AntsSimulatorOptions, mobile = '66812345678'): Promise<void> {
  simulator = new AntsSimulator(options);
  const { username, password, otcIds } = simulator.settings;
  const caller = new AntsCaller({ baseUrl: await simulator.start(), username, password });
  const { port } = receiver.address() as AddressInfo;
  const notifyUrl = `http://127.0.0.1:${port}/token`;
  await caller.post('/otp/requestOTP', { otcId: otcIds[0], mobile, notifyUrl });
  seen.push('answer');
  await simulator.reportsSettled();
}

describe('reports by themselves', () => {
  it.each<[AntsReportSchedule, string[]]>([
    ['delivered', ['answer', 'DELIVERED']],
    ['early', ['DELIVERED', 'answer']],
    ['late', ['answer', 'DELIVERED']],
    ['repeated', ['answer', 'DELIVERED', 'DELIVERED', 'DELIVERED']],
    ['shuffled', ['answer', 'DELIVERED', 'PENDING', 'ACCEPTED']],
    ['batched', ['answer', 'ACCEPTED+PENDING+DELIVERED']],
    ['manual', ['answer']],
  ])('come under %s as %j', async (reports, expected) => {
    await request({ reports, reportDelayMs: 20 });

    // The answer and the first report race for the reader; only `early` and `late` promise an order.
    expect([...seen].sort()).toEqual([...expected].sort());
    expect(seen.filter((entry) => entry !== 'answer')).toEqual(
      expected.filter((entry) => entry !== 'answer'),
    );
    if (reports === 'early' || reports === 'late') expect(seen).toEqual(expected);
  });

  it.each([
    ['100', ['ACCEPTED']],
    ['101', ['PENDING']],
    ['102', ['UNDELIVERED']],
    ['103', ['DELIVERED']],
    ['104', ['EXPIRED']],
    ['105', ['REJECTED']],
    ['106', ['COMPLETED']],
    ['110', []],
    ['113', ['DELIVERED', 'DELIVERED', 'DELIVERED']],
    ['114', ['DELIVERED', 'PENDING', 'ACCEPTED']],
    ['115', ['ACCEPTED+PENDING+DELIVERED']],
  ])('about the magic number 0800000%s are %j', async (last3, expected) => {
    await request({}, `66800000${last3}`);

    expect(seen.filter((entry) => entry !== 'answer')).toEqual(expected);
  });

  it.each([
    ['111', ['DELIVERED', 'answer']],
    ['112', ['answer', 'DELIVERED']],
  ])('about the magic number 0800000%s come in the order %j', async (last3, expected) => {
    await request({ reportDelayMs: 20 }, `66800000${last3}`);

    expect(seen).toEqual(expected);
  });

  it('about a late magic number wait for their time', async () => {
    await request({ reports: 'manual', reportDelayMs: 3_600_000 }, '66812345678');
    const { username, password, otcIds } = simulator.settings;
    const caller = new AntsCaller({ baseUrl: simulator.url, username, password });
    const { port } = receiver.address() as AddressInfo;
    const body = {
      otcId: otcIds[0],
      mobile: '66800000112',
      notifyUrl: `http://127.0.0.1:${port}/token`,
    };

    await caller.post('/otp/requestOTP', body);
    await caller.post('/account/balance', {});

    expect(seen).toEqual(['answer']);
  });

  it('end with the simulator, however late', async () => {
    await request({ reports: 'manual' });
    simulator.configure({ reports: 'late', reportDelayMs: 3_600_000 });
    const { username, password, otcIds } = simulator.settings;
    const caller = new AntsCaller({ baseUrl: simulator.url, username, password });
    await caller.post('/otp/requestOTP', {
      otcId: otcIds[0],
      mobile: '66812345678',
      notifyUrl: 'http://127.0.0.1:1/',
    });
    await simulator.stop();

    await expect(simulator.reportsSettled()).resolves.toBeUndefined();
    expect(seen).toEqual(['answer']);
  });
});
