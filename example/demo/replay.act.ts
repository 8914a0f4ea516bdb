import type { Cast, Received } from './cast.js';
import { HttpClient } from './http-client.js';
import { check, step, tell } from './narrator.js';

/** Someone read the login's SMS over a shoulder, and saw the id in a log. */
export async function replay({ url, simulator }: Cast, { otpId, sms }: Received): Promise<void> {
  const stranger = new HttpClient(url);
  const calls = simulator.count('verifyOTP');
  step('A stranger replays (the code in the SMS) without the ticket: POST /login.');
  const without = await stranger.post('/login', { id: otpId, code: sms.code });
  check('status without a ticket', without.status, 400);
  tell('Refused: 400, a ticket is required.');

  step('And with a ticket of their own making.');
  const ticket = 'A'.repeat(22);
  const forged = await stranger.post('/login', { id: otpId, code: sms.code, ticket });
  check('status with a forged ticket', forged.status, 404);
  check('error with a forged ticket', forged.body.code, 'not_found');
  check('cookie of the stranger', stranger.cookie, '');
  check('codes that ANTS was asked about', simulator.count('verifyOTP'), calls);
  tell('Refused: 404 not_found, as if there were no such OTP. ANTS was never asked.');
}
