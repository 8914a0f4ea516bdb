import { Injectable, Logger, Module } from '@nestjs/common';
import type { DynamicModule, Provider } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { OnOtpEvent, OtpModule, OtpService } from 'nestjs-ants-otp';
import { AntsSimulator, OtpTester, OtpTestingModule } from 'nestjs-ants-otp/testing';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { once } from 'node:events';

/**
 * Leaves something open, as a test that failed half-way does, and then does nothing: the process must end by
 * itself. Arguments: what to leave open, the address of a database.
 */

const MOBILE = '081-234-5678';
const AN_HOUR_MS = 3_600_000;
const [, , name = '', databaseUrl = ''] = process.argv;

@Injectable()
class Listener {
  @OnOtpEvent('requested')
  onRequested(): never {
    throw new Error('This event is due again, and again.');
  }
}

@Injectable()
class Broken {
  constructor() {
    throw new Error('This provider cannot be made.');
  }
}

/** A connection that does not keep this process alive, with one call on it. */
async function callFromOutside(simulator: AntsSimulator, notifyUrl?: string): Promise<Socket> {
  const { username, password, otcIds } = simulator.settings;
  const body = JSON.stringify({ otcId: otcIds[0], mobile: '66812345678', notifyUrl });
  const socket = connect(Number(new URL(simulator.url).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.write(
    [
      'POST /otp/requestOTP HTTP/1.1',
      'host: ants.test',
      `authorization: Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
      'content-type: application/json',
      `content-length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  );
  return socket;
}

async function untilSent(simulator: AntsSimulator): Promise<void> {
  while (simulator.inbox.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** Nobody takes what comes to it. */
async function silentServer(): Promise<string> {
  const server = createServer((socket) => socket.unref()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

@Module({})
class App {}

const appWith = (module: DynamicModule, ...providers: Provider[]): DynamicModule => ({
  module: App,
  imports: [module],
  providers,
});

const compile = (root: DynamicModule) => Test.createTestingModule({ imports: [root] }).compile();

async function withOwnDatabase(mobile: string, ...providers: Provider[]): Promise<void> {
  const simulator = new AntsSimulator();
  const { username, password, otcIds } = simulator.settings;
  const module = OtpModule.forRoot({
    ...{ username, password, otcId: otcIds[0]!, baseUrl: await simulator.start() },
    ...{ secret: 'Ww3nIYJBBzlPz4/1nw6WCeDM5kDmtJRm', allowInsecure: true, sweepEvery: 5 },
    database: { url: databaseUrl },
  });
  const app = await (await compile(appWith(module, ...providers))).init();
  await app.get(OtpService).request({ mobile });
}

const LEAVE: Record<string, () => Promise<unknown>> = {
  'a simulator': () => new AntsSimulator().start(),

  'an idle connection to a simulator': async () => {
    const simulator = new AntsSimulator();
    await simulator.start();
    const socket = await callFromOutside(simulator);
    await once(socket, 'data');
    socket.unref();
  },

  'a held call': async () => {
    const simulator = new AntsSimulator();
    await simulator.start();
    const { arrived } = simulator.hold('requestOTP');
    const socket = await callFromOutside(simulator);
    await arrived;
    socket.unref();
  },

  'a call without an answer': async () => {
    const simulator = new AntsSimulator();
    await simulator.start();
    simulator.next('requestOTP', { hang: 'after' });
    const socket = await callFromOutside(simulator);
    await untilSent(simulator);
    socket.unref();
  },

  'a slow answer': async () => {
    const simulator = new AntsSimulator({ latencyMs: AN_HOUR_MS });
    await simulator.start();
    const socket = await callFromOutside(simulator);
    await untilSent(simulator);
    socket.unref();
  },

  'a late report': async () => {
    const simulator = new AntsSimulator({ reports: 'late', reportDelayMs: AN_HOUR_MS });
    await simulator.start();
    const socket = await callFromOutside(simulator, await silentServer());
    await once(socket, 'data');
    socket.unref();
  },

  'a report that nobody answers': async () => {
    const receiver = createServer().listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    const { port } = receiver.address() as AddressInfo;
    const simulator = new AntsSimulator();
    await simulator.start();
    const socket = await callFromOutside(simulator, `http://127.0.0.1:${port}/`);
    const [[pushed]] = (await Promise.all([
      once(receiver, 'connection'),
      once(socket, 'data'),
    ])) as [[Socket], unknown];
    await once(pushed, 'data');
    for (const open of [receiver, pushed, socket]) open.unref();
  },

  'a module for tests': async () => {
    const testing = await compile(appWith(OtpTestingModule.forTest(), Listener));
    const app = await testing.createNestApplication().init();
    await app.get(OtpService).request({ mobile: MOBILE });
    await app.get(OtpTester).eventsHandled();
  },

  'a module for tests that was only compiled': () => compile(OtpTestingModule.forTest()),

  'a module for tests in an app that does not start': () =>
    compile(appWith(OtpTestingModule.forTest(), Broken)).catch(() => undefined),

  'a module for tests with a wrong option': () =>
    compile(OtpTestingModule.forTest({ otp: { ttl: -1 } })).catch(() => undefined),

  'a database of the module': () => withOwnDatabase(MOBILE),

  'a database of the module with an event that is due': () =>
    withOwnDatabase('089-999-9999', Listener),

  'a database of the module in an app that does not start': () =>
    withOwnDatabase(MOBILE, Broken).catch(() => undefined),
};

/** The names that the first argument can have. */
export const LEFT_OPEN = Object.keys(LEAVE);

if (name in LEAVE) {
  Logger.overrideLogger(false);
  await LEAVE[name]!();
  process.stdout.write('left open\n');
}
