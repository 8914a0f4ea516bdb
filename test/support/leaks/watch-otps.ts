import type { OtpOptions, OtpRequest, OtpService } from 'nestjs-ants-otp';
import { readGiven } from '../../../src/domain/read-given.js';
import { noteLog, noteSecret } from './run-record.js';
import { textOf } from './run-log.js';

/**
 * Notes what an app is asked and what it hands out, over HTTP or directly: its controllers call the same
 * object. What it refuses goes to its callers and their logs, so it is noted as a log.
 */
export function watchOtps(otps: OtpService): void {
  const request = otps.request.bind(otps);
  const resend = otps.resend.bind(otps);
  const verify = otps.verify.bind(otps);
  otps.request = (ask) => {
    noteSecret(
      'number',
      readGiven(ask, ({ mobile }: Partial<OtpRequest>) => mobile),
    );
    return noted(request(ask));
  };
  otps.resend = (...given) => noted(resend(...given));
  otps.verify = (...given) => {
    noteSecret('code', given[1]);
    return noted(verify(...given));
  };
}

/** Notes the secrets of an answer from the ready routes or from `OtpService`. */
export function noteAnswer(answer: unknown): void {
  const { ticket, proof, mobile } = Object(answer) as Record<string, unknown>;
  noteSecret('ticket', ticket);
  noteSecret('proof', proof);
  noteSecret('number', mobile);
}

/** Notes every credential in an app's options. */
export function noteCredentials(options: Partial<OtpOptions>): void {
  const { username, password, token, secret, secrets = [], lookupSecret, webhookAuth } = options;
  const proxy = URL.canParse(options.proxy ?? '')
    ? decodeURIComponent(new URL(options.proxy!).password)
    : undefined;
  const words = [password, token, secret, ...secrets, lookupSecret, webhookAuth?.password, proxy];
  for (const word of words) noteSecret('credential', word);
  noteSecret('credential', basic(username, password));
  noteSecret('credential', basic(webhookAuth?.username, webhookAuth?.password));
}

/** As HTTP Basic writes it. */
function basic(username?: string, password?: string): string | undefined {
  if (password === undefined) return undefined;
  return Buffer.from(`${username}:${password}`).toString('base64');
}

function noted<T>(answer: Promise<T>): Promise<T> {
  answer.then(noteAnswer, (error: unknown) => {
    noteLog('refusal', textOf([error]));
  });
  return answer;
}
