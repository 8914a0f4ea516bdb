import { createHash, randomBytes } from 'node:crypto';
import type { AntsSimulator } from 'nestjs-ants-otp/testing';

const ACCOUNT = ['ANTS_USERNAME', 'ANTS_PASSWORD', 'ANTS_OTC_ID'];

/** Without any part of an account at ANTS the example brings its own ANTS. */
export function hasNoAccount(): boolean {
  return ACCOUNT.every((name) => !process.env[name]);
}

/** The variables that the real ANTS still needs. */
export function missingVariables(): string[] {
  const missing = ACCOUNT.filter((name) => !process.env[name]);
  const secret = process.env.OTP_SECRET || process.env.OTP_SECRETS;
  return secret ? missing : [...missing, 'OTP_SECRET'];
}

/** Starts a simulator and points the environment at it, whatever `.env` says. */
export async function useSimulator(simulator: AntsSimulator, port: number): Promise<void> {
  const { username, password, otcIds } = simulator.settings;
  Object.assign(process.env, {
    ANTS_BASE_URL: await simulator.start({ keepAlive: true }),
    ANTS_USERNAME: username,
    ANTS_PASSWORD: password,
    ANTS_OTC_ID: otcIds[0],
    OTP_PUBLIC_URL: `http://127.0.0.1:${port}`,
    // The simulator and this app speak plain http, on this machine only.
    OTP_ALLOW_INSECURE: 'true',
    OTP_SECRET: randomBytes(32).toString('base64url'),
    OTP_SECRETS: '',
    // A database of your own outlives this process: its rows are looked up by the same secret at the next start.
    OTP_LOOKUP_SECRET: createHash('sha256')
      .update(process.env.DATABASE_URL ?? '')
      .digest('base64'),
    OTP_FORMER_LOOKUP_SECRETS: '',
    OTP_WEBHOOK_AUTH: '',
    OTP_WEBHOOK_ADDRESSES: '',
  });
}
