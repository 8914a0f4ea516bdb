import type { Cast, Received } from './cast.js';
import type { Answer } from './http-client.js';
import { check, step, tell } from './narrator.js';
import { receiveSms } from './receive-sms.js';

const TRANSFER = { to: '1234567890', amount: 50_000 };

/** From a session to a transfer that only a fresh code opens. */
export async function transfer(cast: Cast): Promise<Received> {
  const { http } = cast;
  step('A transfer of 500 baht without a proof: POST /transfers.');
  refused(await http.post('/transfers', TRANSFER), 'proof_required');

  step('So a code for exactly this transfer, to the own number: POST /transfers/otp.');
  const asked = await http.post('/transfers/otp', TRANSFER);
  check('status of POST /transfers/otp', asked.status, 201);
  const received = await receiveSms(cast, asked);

  step('POST /transfers/otp/:id/verify with (the code in the SMS).');
  const verified = await http.post(`/transfers/otp/${received.otpId}/verify`, {
    code: received.sms.code,
  });
  check('status of the right code', verified.status, 200);
  const proof = { 'x-otp-proof': String(verified.body.proof) };
  tell('Accepted: the answer holds a proof.');

  step('Another amount with this proof.');
  refused(
    await http.post('/transfers', { ...TRANSFER, amount: 9_900_000 }, proof),
    'proof_invalid',
  );

  step('The transfer that was confirmed, with its proof.');
  const made = await http.post('/transfers', TRANSFER, proof);
  check('status of the transfer', made.status, 201);
  check('OTP that confirmed it', made.body.confirmedBy, received.otpId);
  tell('Done: 201.');

  step('The same again: the proof is used up.');
  refused(await http.post('/transfers', TRANSFER, proof), 'proof_consumed');
  return received;
}

function refused({ status, headers, body }: Answer, code: string): void {
  check('status', status, 401);
  check('error', body.code, code);
  const challenge = headers.get('www-authenticate') ?? '';
  check('WWW-Authenticate', /insufficient_user_authentication/.test(challenge), true);
  tell(`Refused: 401 ${code}, with a step-up challenge in WWW-Authenticate.`);
}
