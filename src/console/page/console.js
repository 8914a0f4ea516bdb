// Keeps what is marked data-live fresh without a reload. Without it the pages say the same, but stand still.
const EVERY_MS = 10_000;

async function refresh() {
  const parts = [...document.querySelectorAll('[data-live]')];
  if (parts.length === 0 || document.hidden) return;
  const answer = await fetch(location.href, { redirect: 'error', cache: 'no-store' });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  for (const part of parts) {
    const fresh = page.getElementById(part.id);
    // Nothing moves under who reads with the keyboard or marks a text.
    const inUse = part.contains(document.activeElement) || !getSelection().isCollapsed;
    for (const { id } of part.querySelectorAll('details[open][id]'))
      fresh?.querySelector(`#${id}`)?.setAttribute('open', '');
    if (fresh && !inUse && fresh.innerHTML !== part.innerHTML) part.replaceWith(fresh);
  }
}

setInterval(() => {
  refresh().catch(() => undefined);
}, EVERY_MS);
