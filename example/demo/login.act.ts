import { MASK, MOBILE } from './cast.js';
import type { Cast, Received } from './cast.js';
import { receiveSms } from './receive-sms.js';
import { check, maskMobile, step, tell, wrongCodeFor } from './narrator.js';

/** From a number to a session. */
export async function login(cast: Cast): Promise<Received> {
  const { http } = cast;
  step(`A visitor asks for a code: POST /login/otp with the number ${MASK}.`);
  const asked = await http.post('/login/otp', { mobile: MOBILE });
  check('status of POST /login/otp', asked.status, 201);
  check('masked number', asked.body.mobileMask, MASK);
  check('attempts left', asked.body.attemptsLeft, 5);
  const received = await receiveSms(cast, asked);

  const { id, ticket } = asked.body;
  step('A wrong code: POST /login.');
  const wrong = await http.post('/login', { id, ticket, code: wrongCodeFor(received.sms) });
  check('status of a wrong code', wrong.status, 422);
  check('error of a wrong code', wrong.body.code, 'wrong_code');
  check('attempts left', wrong.body.attemptsLeft, 4);
  check('cookie after a wrong code', http.cookie, '');
  tell('Refused: 422 wrong_code, 4 attempts left, no session.');

  step('The right code: POST /login with (the code in the SMS).');
  const right = await http.post('/login', { id, ticket, code: received.sms.code });
  check('status of the right code', right.status, 200);
  const { mobile } = right.body.user as { mobile: string };
  check('proven number', maskMobile(mobile), MASK);
  check('a session cookie', http.cookie.startsWith('sid='), true);
  const session = await http.get('/session');
  check('status of GET /session', session.status, 200);
  tell(`Accepted: the number ${maskMobile(mobile)} is proven, and a session has started.`);
  return received;
}
