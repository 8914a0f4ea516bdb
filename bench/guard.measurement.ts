import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { createVerifier } from 'fast-jwt';
import { OtpGuard, OtpService, RequireOtp } from 'nestjs-ants-otp';
import type { OtpRequest } from 'nestjs-ants-otp';
import { OtpTester, OtpTestingModule } from 'nestjs-ants-otp/testing';
import { alternate } from './harness/alternate.js';
import { median, percentile } from './harness/percentile.js';
import { QUIET } from './harness/quiet.js';
import type { Findings, Measurement } from './measurement.js';

/** CPU of one check. */
const BUDGET_US = 25;
const ROUNDS = 50;
const CHECKS_A_ROUND = 2_000;
const WARM_UP_ROUNDS = 5;

const SUBJECT = 'user-1';
const BINDING = { to: '1234567890', amount: 500 };
/** Leaves out the statement that uses a proof up: what is measured is the check. */
const CHECK_ONLY = { consume: 'handler' } as const;
const OWN = { ...CHECK_ONLY, maxAge: 300, subject: () => SUBJECT };

@RequireOtp('login', CHECK_ONLY)
class PlainRoutes {}

@RequireOtp('login', OWN)
class OwnRoutes {}

@RequireOtp('transfer', { ...OWN, binding: () => BINDING })
class BoundRoutes {}

const handler = (): void => undefined;

/** Checks so many times in a row. */
type Checks = (count: number) => unknown;

interface Case {
  name: string;
  checks: Checks;
  /** CPU of one check in microseconds; a yardstick has none. */
  budget?: number;
}

async function run(): Promise<Findings> {
  const module = OtpTestingModule.forTest();
  const app = await (await NestFactory.create(module, QUIET)).init();
  try {
    const [otps, tester, guard] = [app.get(OtpService), app.get(OtpTester), app.get(OtpGuard)];
    const prove = async (ask: OtpRequest): Promise<string> => {
      const { id, ticket } = await otps.request(ask);
      return (await otps.verify(id, tester.codeFor(ask.mobile), { ticket })).proof;
    };
    /** As Nest calls a guard, with a context for each request. */
    const checks = (routes: Type<unknown>, proof: string): Checks => {
      const request = { headers: { 'x-otp-proof': proof } };
      return async (count) => {
        for (let n = 0; n < count; n++)
          await guard.canActivate(new ExecutionContextHost([request, {}], routes, handler));
      };
    };
    const login = await prove({ mobile: '0812345678', purpose: 'login' });
    const user = { mobile: '0898765432', subject: SUBJECT };
    return await measure([
      { name: 'node:crypto: HMAC-SHA256 of the proof', checks: bareHmac(login) },
      { name: 'fast-jwt: HS256 verify of the proof', checks: bareJwt(login) },
      { name: 'the guard: a plain proof', checks: checks(PlainRoutes, login), budget: BUDGET_US },
      {
        name: '… with subject and maxAge',
        checks: checks(OwnRoutes, await prove({ ...user, purpose: 'login' })),
        budget: BUDGET_US,
      },
      {
        name: '… and with a binding',
        checks: checks(
          BoundRoutes,
          await prove({ ...user, purpose: 'transfer', binding: BINDING }),
        ),
        budget: BUDGET_US,
      },
    ]);
  } finally {
    await app.close();
  }
}

async function measure(cases: readonly Case[]): Promise<Findings> {
  const timed = cases.map(({ checks }) => async (): Promise<number> => {
    const before = process.cpuUsage();
    await checks(CHECKS_A_ROUND);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / CHECKS_A_ROUND;
  });
  await alternate(timed, WARM_UP_ROUNDS);
  const samples = await alternate(timed, ROUNDS);
  const yardstick = median(samples[0] ?? []);
  const missed: string[] = [];
  const rows = cases.map(({ name, budget = Infinity }, index) => {
    const cpu = samples[index] ?? [];
    const usual = median(cpu);
    if (!(usual < budget))
      missed.push(`"${name}" takes ${usual.toFixed(1)} µs of CPU, the budget is ${budget} µs`);
    const shown = [usual, percentile(cpu, 0.95)].map((us) => us.toFixed(1));
    return [name, ...shown, (usual / yardstick).toFixed(1)];
  });
  return { table: { head: ['check', 'CPU µs', 'p95 of rounds', 'ratio'], rows }, missed };
}

/** The least that a signed token costs: the same text under a key of our own. */
function bareHmac(proof: string): Checks {
  const { key, signed, signature } = signedAgain(proof);
  return (count) => {
    for (let n = 0; n < count; n++) {
      const made = createHmac('sha256', key).update(signed).digest();
      if (!timingSafeEqual(made, Buffer.from(signature, 'base64url')))
        throw new Error('The signature does not fit.');
    }
  };
}

/** A check of the signature and the times alone, by the library that the module uses. */
function bareJwt(proof: string): Checks {
  const { key, signed, signature } = signedAgain(proof);
  const verify = createVerifier({ algorithms: ['HS256'], key });
  return (count) => {
    for (let n = 0; n < count; n++) verify(`${signed}.${signature}`);
  };
}

function signedAgain(proof: string): { key: Buffer; signed: string; signature: string } {
  const key = randomBytes(32);
  const signed = proof.slice(0, proof.lastIndexOf('.'));
  const signature = createHmac('sha256', key).update(signed).digest('base64url');
  return { key, signed, signature };
}

export const guard: Measurement = {
  name: 'guard',
  about: `the CPU of a guard's check, under ${BUDGET_US} µs.`,
  run,
};
