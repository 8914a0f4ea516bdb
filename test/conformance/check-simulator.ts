import { AntsSimulator, type AntsSimulatorOptions } from 'nestjs-ants-otp/testing';
import { AntsCaller } from './ants-caller.js';
import { checkFacts } from './check-facts.js';
import type { Finding } from './fact.js';
import { FACTS } from './facts.js';
import { Probe } from './probe.js';
import { receiveReports } from './report-receiver.js';

const MOBILE = '66812345678';

/** Checks every fact against a simulator of its own, with nothing that has to be skipped. */
export async function checkSimulator(options: AntsSimulatorOptions): Promise<Finding[]> {
  const simulator = new AntsSimulator(options);
  const { username, password, bearerToken, otcIds, ttl } = simulator.settings;
  const baseUrl = await simulator.start();
  const receiver = await receiveReports(0);
  try {
    return await checkFacts(
      FACTS,
      new Probe({
        caller: new AntsCaller({
          baseUrl,
          username,
          password,
          bearerToken: bearerToken ?? undefined,
        }),
        otcId: otcIds[0] ?? '',
        mobile: MOBILE,
        allowSms: 20,
        alone: true,
        readCode: () => Promise.resolve(simulator.codeFor(MOBILE)),
        letExpire: () => {
          simulator.advance(ttl);
          return Promise.resolve();
        },
        reports: {
          notifyUrl: receiver.url,
          next: () => receiver.next(),
          waits: () => receiver.waits(),
        },
      }),
    );
  } finally {
    receiver.close();
    await simulator.stop();
  }
}
