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
        allowSms: 30,
        alone: true,
        readCode: () => Promise.resolve(simulator.codeFor(MOBILE)),
        letPass: (lives) => {
          simulator.advance(ttl * lives);
          return Promise.resolve();
        },
        reports: {
          notifyUrl: receiver.url,
          // Every report on what was asked so far has come then, or none comes.
          next: async () => {
            await simulator.reportsSettled();
            if (!receiver.waits()) throw new Error('no report came');
            return receiver.next();
          },
          waits: () => receiver.waits(),
        },
      }),
    );
  } finally {
    receiver.close();
    await simulator.stop();
  }
}
