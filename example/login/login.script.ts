/** Plain JavaScript for the browser; `String.raw` leaves its backslashes alone. */
export const LOGIN_SCRIPT = String.raw`
const at = (id) => document.getElementById(id);
const show = (form) => {
  for (const id of ['number', 'code', 'welcome']) at(id).hidden = id !== form;
  at(form).querySelector('input, button').focus();
};
let challenge;

/** Sends JSON; a refusal becomes an error that carries the answer. */
async function call(method, path, body) {
  at('message').textContent = '';
  const headers = body ? { 'content-type': 'application/json' } : {};
  const response = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  const answer = response.status === 204 ? {} : await response.json();
  if (response.ok) return { ...answer, now: Date.parse(response.headers.get('date')) };
  const wait = answer.retryAfter ? ' (' + answer.retryAfter + ' s)' : '';
  const message = [answer.message].flat().join('. ') + wait;
  throw Object.assign(new Error(), answer, { message });
}

function showChallenge(next) {
  // Counted from the server's clock: the one of this device may be wrong.
  const resendAt = Date.now() + Date.parse(next.resendAvailableAt) - next.now;
  challenge = { ...next, resendAt };
  at('mask').textContent = next.mobileMask;
  showState(next);
  at('digits').value = '';
  show('code');
  countDown();
}

function showState({ referenceCode, attemptsLeft }) {
  if (referenceCode) at('ref').textContent = referenceCode;
  if (attemptsLeft !== undefined) at('left').textContent = attemptsLeft + ' attempts left';
}

function countDown() {
  const wait = challenge ? Math.ceil((challenge.resendAt - Date.now()) / 1000) : 0;
  at('resend').disabled = wait > 0;
  at('resend').textContent = 'Send another code' + (wait > 0 ? ' in ' + wait + ' s' : '');
}
setInterval(countDown, 500);

let busy = false;
/** Runs one action at a time and shows what was refused. */
const on = (id, event, action) =>
  at(id).addEventListener(event, async (happened) => {
    happened.preventDefault();
    if (busy) return;
    busy = true;
    try {
      await action();
    } catch (error) {
      // 410: this code has ended, whatever is typed.
      if (error.statusCode === 410) show('number');
      showState(error);
      at('message').textContent = error.message;
    }
    busy = false;
  });

on('number', 'submit', async () =>
  showChallenge(await call('POST', '/login/otp', { mobile: at('mobile').value })));
on('code', 'submit', async () => {
  const { id, ticket } = challenge;
  const code = at('digits').value;
  at('digits').select();
  showUser((await call('POST', '/login', { id, ticket, code })).user);
});
on('resend', 'click', async () => {
  const { id, ticket } = challenge;
  showChallenge(await call('POST', '/login/otp/' + id + '/resend', { ticket }));
});
on('back', 'click', () => show('number'));
on('welcome', 'submit', async () => {
  await call('DELETE', '/session');
  show('number');
});

function showUser({ mobile }) {
  at('me').textContent = mobile;
  show('welcome');
}
fetch('/session').then(async (response) =>
  response.ok ? showUser((await response.json()).user) : show('number'));
`;
