/**
 * Plain JavaScript for the browser. The pages work without it: it follows the SMS, counts the wait down, takes
 * the code out of an SMS and keeps a form from being sent twice. `String.raw` leaves its backslashes alone.
 */
export const LOGIN_SCRIPT = String.raw`
const at = (id) => document.getElementById(id);

/* Ends what the page waits for: its answer would come in the way of the next page. */
const leaving = new AbortController();

/* A form is sent once. */
addEventListener('submit', (event) => {
  const { target: form, submitter } = event;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = 'yes';
  leaving.abort();
  submitter?.setAttribute('aria-busy', 'true');
});
/* A page that the browser had kept is fresh again. */
addEventListener('pageshow', () => {
  for (const form of document.forms) delete form.dataset.sent;
  for (const busy of document.querySelectorAll('[aria-busy]')) busy.removeAttribute('aria-busy');
});

/* The code of a copied SMS is taken out of its text. */
const code = at('code');
code?.addEventListener('paste', (event) => {
  const text = event.clipboardData.getData('text').normalize('NFKC');
  const [found] = text.match(/(?<![\p{L}\p{N}])\p{Nd}{4,10}(?![\p{L}\p{N}])/u) ?? [];
  if (!found) return;
  event.preventDefault();
  code.value = found;
});

/* WebOTP: the browser offers the code of an SMS whose last line names this site. */
if (code && 'OTPCredential' in window) {
  navigator.credentials
    .get({ otp: { transport: ['sms'] }, signal: leaving.signal })
    .then((sms) => {
      code.value = sms.code;
      at('enter').requestSubmit();
    })
    .catch(() => undefined);
}

/* The wait before another SMS is counted from the server's answer: this device's clock may be wrong. */
const resend = at('resend');
let resendAt = 0;
function startWait(seconds) {
  resendAt = performance.now() + seconds * 1000;
  countDown();
}
function countDown() {
  const left = Math.ceil((resendAt - performance.now()) / 1000);
  const wait = Math.floor(left / 60) + ':' + String(left % 60).padStart(2, '0');
  resend.disabled = left > 0;
  resend.textContent = left > 0 ? resend.dataset.later.replace('{wait}', wait) : resend.dataset.now;
}

/* What became of the SMS, as the server learns it. */
const SOON = 1000;
const LATER = 4000;
/* Most reports come within seconds; without OTP_PUBLIC_URL none ever does. */
const hurryUntil = performance.now() + 60_000;
async function follow() {
  if (leaving.signal.aborted) return;
  let pause = LATER;
  if (!document.hidden) {
    try {
      const answer = await fetch('/code/state', { signal: leaving.signal });
      const state = await answer.json();
      if (!answer.ok || !state.open) return location.reload();
      show(state);
      if (state.tone === 'waiting' && performance.now() < hurryUntil) pause = SOON;
    } catch {
      /* Offline for a moment. */
    }
  }
  setTimeout(follow, pause);
}
function show(state) {
  say(at('news'), 'textContent', state.news);
  at('news').dataset.tone = state.tone;
  say(at('ref'), 'textContent', state.referenceCode);
  at('again').hidden = !state.resends;
  at('restart').hidden = state.resends;
  startWait(state.wait);
  if (at('messages')) showMessages(state.messages);
}
/* What has not changed is not written: a screen reader would say it again. */
function say(element, property, value) {
  if (element[property] !== value) element[property] = value;
}

/* The simulated phone. */
function showMessages(messages) {
  const fresh = document.createElement('template');
  fresh.innerHTML = messages;
  if (fresh.content.textContent === at('messages').textContent) return;
  at('messages').replaceChildren(fresh.content);
  offerCopies();
}
function offerCopies() {
  if (!navigator.clipboard) return;
  for (const copy of document.querySelectorAll('[data-copy]')) copy.hidden = false;
}
addEventListener('click', async ({ target }) => {
  if (!target.dataset?.copy) return;
  await navigator.clipboard.writeText(target.dataset.copy);
  target.textContent = target.dataset.done;
  code?.focus();
});

offerCopies();
if (resend) {
  startWait(Number(resend.dataset.wait));
  setInterval(countDown, 250);
  setTimeout(follow, 300);
}
`;
