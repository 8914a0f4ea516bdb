import type { Cast, Received } from './cast.js';
import type { Answer } from './http-client.js';
import { check, maskMobile, maskText, step, tell } from './narrator.js';

/** After a request: the SMS reaches the phone, and ANTS reports that to the webhook. */
export async function receiveSms({ simulator, otps }: Cast, asked: Answer): Promise<Received> {
  const { id: otpId, referenceCode } = asked.body as { id: string; referenceCode: string };
  const before = await otps.status(otpId);
  tell(`Sent, Ref ${referenceCode}; ANTS was given callbackData ${String(before.callbackData)}.`);

  step('The SMS is in the inbox of the simulated ANTS.');
  const sms = simulator.inbox.at(-1);
  if (!sms) throw new Error('an SMS in the inbox: expected one, got none');
  check('reference code in the SMS', sms.referenceCode, referenceCode);
  check('callbackData at ANTS', sms.callbackData, before.callbackData);
  check('delivery before the report', before.delivery, 'none');
  tell(`To ${maskMobile(sms.to)}: "${maskText(sms)}"`);

  step('ANTS posts its delivery report to the webhook of this OTP.');
  check('answers of the webhook', await simulator.report(sms), [200]);
  const { delivery, messageId } = await otps.status(otpId);
  check('delivery after the report', delivery, 'delivered');
  check('messageId after the report', messageId, sms.messageId);
  tell(`POST /otp/delivery-reports/(token) answered 200: the OTP is "${delivery}" now.`);
  return { otpId, sms };
}
