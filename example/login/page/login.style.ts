export const LOGIN_STYLE = `
:root {
  color-scheme: light dark;
  --page: light-dark(#f3f6f4, #0e1412);
  --card: light-dark(#fff, #161e1b);
  --text: light-dark(#14211d, #e8efec);
  --soft: light-dark(#56655f, #a3b3ad);
  --line: light-dark(#d9e1dd, #2c3834);
  --field: light-dark(#7b8a84, #6b7b75);
  --accent: light-dark(#08684f, #4fd1a9);
  --on-accent: light-dark(#fff, #05241b);
  --good: light-dark(#e3f4ec, #12332a);
  --bad: light-dark(#fdecea, #3b1a18);
  --bad-text: light-dark(#a02317, #ffb4aa);
  --wait: light-dark(#eef3f1, #1f2a26);
  font: 16px/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Noto Sans Thai',
    'Leelawadee UI', Thonburi, sans-serif;
}
*, ::before, ::after { box-sizing: border-box; }
[hidden] { display: none !important; }
body {
  margin: 0;
  min-height: 100vh;
  display: grid;
  grid-template-rows: auto 1fr;
  background: var(--page);
  color: var(--text);
}
h1, h2, p, ol, ul, dl, dd { margin: 0; padding: 0; }
ol, ul { list-style: none; }
a { color: var(--accent); text-underline-offset: 0.2em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }

header {
  display: flex;
  justify-content: space-between;
  align-items: center;
  padding: 1rem clamp(1rem, 4vw, 2.5rem);
}
header a { padding: 0.35rem 0.5rem; }
.brand { display: flex; align-items: center; gap: 0.6rem; font-weight: 600; }
.brand::before {
  content: '';
  width: 1.5rem;
  height: 1.5rem;
  border-radius: 0.45rem;
  background:
    radial-gradient(circle at 28% 50%, var(--on-accent) 0 11%, transparent 13%),
    radial-gradient(circle at 50% 50%, var(--on-accent) 0 11%, transparent 13%),
    radial-gradient(circle at 72% 50%, var(--on-accent) 0 11%, transparent 13%),
    var(--accent);
}
.stage {
  display: flex;
  flex-wrap: wrap;
  justify-content: center;
  align-items: center;
  align-content: center;
  gap: clamp(1.5rem, 6vw, 5rem);
  padding: 0.5rem 1rem 3rem;
}

main {
  width: min(26rem, 100%);
  padding: clamp(1.25rem, 5vw, 2.25rem);
  display: grid;
  gap: 1rem;
  border: 1px solid var(--line);
  border-radius: 1.25rem;
  background: var(--card);
  box-shadow: 0 1px 2px #0000000a, 0 16px 40px -16px #0000001f;
}
h1 { font-size: 1.65rem; line-height: 1.25; letter-spacing: -0.01em; }
.lead { color: var(--soft); }
.lead b { color: var(--text); white-space: nowrap; }
form { display: grid; gap: 0.6rem; }
label { font-weight: 600; }
.row { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0.1rem 1rem; }
.ref { color: var(--soft); }
.ref b {
  margin-left: 0.2rem;
  padding: 0.1rem 0.5rem;
  border-radius: 0.4rem;
  background: var(--wait);
  color: var(--text);
  font-family: ui-monospace, 'Cascadia Mono', Menlo, 'Noto Sans Mono', 'DejaVu Sans Mono', monospace;
  font-size: 0.9em;
}
.hint { color: var(--soft); font-size: 0.875rem; }

input {
  width: 100%;
  min-height: 3.25rem;
  padding: 0.6rem 0.9rem;
  border: 1px solid var(--field);
  border-radius: 0.75rem;
  background: var(--card);
  color: inherit;
  font: inherit;
  font-size: 1.125rem;
}
input::placeholder { color: var(--soft); opacity: 0.75; }
input:focus-visible { outline-offset: 0; border-radius: 0.75rem; border-color: transparent; }
input[aria-invalid] { border-color: var(--bad-text); }
input[aria-invalid]:focus-visible { outline-color: var(--bad-text); border-color: transparent; }
#code {
  min-height: 4rem;
  text-align: center;
  font-size: 1.9rem;
  font-weight: 600;
  font-variant-numeric: tabular-nums;
  letter-spacing: 0.28em;
  text-indent: 0.28em;
}
/* Where a script runs, it shows new messages itself. */
@media (scripting: enabled) { .by-hand { display: none; } }
.refusal { color: var(--bad-text); }

button, .button {
  display: block;
  width: 100%;
  min-height: 3.25rem;
  padding: 0.7rem 1rem;
  border: 1px solid transparent;
  border-radius: 0.75rem;
  background: var(--accent);
  color: var(--on-accent);
  font: inherit;
  font-weight: 600;
  text-align: center;
  text-decoration: none;
  cursor: pointer;
  transition: filter 0.15s;
}
button:hover:not(:disabled), .button:hover { filter: brightness(1.08); }
form > button { margin-top: 0.4rem; }
#again > button { margin-top: 0; }
.quiet { background: none; border-color: var(--line); color: var(--text); }
.quiet:disabled { color: var(--soft); cursor: default; font-variant-numeric: tabular-nums; }
button:focus-visible, .button:focus-visible { border-radius: 0.75rem; }
[aria-busy='true'] { opacity: 0.6; cursor: progress; }

.news {
  display: flex;
  gap: 0.6rem;
  padding: 0.65rem 0.85rem;
  border-radius: 0.75rem;
  background: var(--wait);
}
.news::before { flex: none; width: 1.25em; text-align: center; font-weight: 700; }
.news[data-tone='waiting']::before {
  content: '';
  width: 0.7em;
  height: 0.7em;
  margin: 0.42em 0.28em 0;
  border: 2px solid var(--soft);
  border-top-color: transparent;
  border-radius: 50%;
  animation: turn 1s linear 60;
}
.news[data-tone='good'] { background: var(--good); }
.news[data-tone='good']::before { content: '✓'; color: var(--accent); }
.news[data-tone='bad'] { background: var(--bad); color: var(--bad-text); }
.news[data-tone='bad']::before { content: '!'; }
@keyframes turn { to { rotate: 1turn; } }

.done {
  display: grid;
  place-items: center;
  width: 3.5rem;
  height: 3.5rem;
  border-radius: 50%;
  background: var(--good);
  color: var(--accent);
  font-size: 1.6rem;
  font-weight: 700;
}
.done::before { content: '✓'; }
dl { padding: 0.85rem 1rem; border-radius: 0.75rem; background: var(--wait); }
dt { color: var(--soft); font-size: 0.875rem; }
dd { font-size: 1.25rem; font-weight: 600; font-variant-numeric: tabular-nums; }

.tries { padding-top: 1rem; border-top: 1px solid var(--line); color: var(--soft); font-size: 0.875rem; }
.tries ul { margin-top: 0.4rem; display: grid; gap: 0.15rem; }
.tries a { display: inline-block; padding: 0.1rem 0; margin-right: 0.35rem; font-variant-numeric: tabular-nums; }

.phone {
  width: min(18.5rem, 100%);
  padding: 0.6rem;
  border-radius: 2.6rem;
  background: #101614;
  box-shadow: 0 0 0 1px light-dark(#0000, #34423d), 0 24px 50px -20px #00000059;
}
.screen {
  min-height: 33rem;
  padding: 0.8rem 1rem 1.5rem;
  border-radius: 2.1rem;
  background: light-dark(#fff, #060a09);
  display: grid;
  align-content: start;
  gap: 0.75rem;
}
.bar { display: flex; justify-content: space-between; padding: 0 0.6rem; font-size: 0.8rem; font-weight: 600; }
.signal { width: 1.5rem; height: 0.75rem; border: 1.5px solid currentColor; border-radius: 0.25rem;
  background: linear-gradient(currentColor, currentColor) 1.5px 50% / 70% 60% no-repeat; align-self: center; }
.screen h2 { margin-top: 0.5rem; font-size: 1.35rem; }
.none { padding: 9rem 0; text-align: center; color: var(--soft); }
.none.unreachable { color: var(--bad-text); }
ol + .none { padding: 1.5rem 0; }
.screen ol { display: grid; gap: 1.25rem; }
.screen li { display: grid; justify-items: start; gap: 0.4rem; animation: arrive 0.3s ease-out; }
.from { width: 100%; display: flex; justify-content: space-between; font-size: 0.8rem; color: var(--soft); }
.from b { color: var(--text); }
.bubble {
  padding: 0.6rem 0.85rem;
  border-radius: 1.1rem 1.1rem 1.1rem 0.3rem;
  background: var(--wait);
  overflow-wrap: anywhere;
}
.bubble b { font-variant-numeric: tabular-nums; letter-spacing: 0.04em; }
.copy {
  width: auto;
  min-height: 2.5rem;
  padding: 0.35rem 1rem;
  border-radius: 2rem;
  font-size: 0.875rem;
}
.screen li:not(:last-child) .copy { background: none; border-color: var(--line); color: var(--text); }
.copy:focus-visible { border-radius: 2rem; }
@media (max-width: 46rem) { .screen { min-height: 20rem; } .none { padding: 4rem 0; } }
@keyframes arrive { from { opacity: 0; translate: 0 0.6rem; } }
@media (prefers-reduced-motion: reduce) {
  *, ::before { animation-duration: 0s !important; transition: none !important; }
  .news[data-tone='waiting']::before { border-color: var(--soft); }
}
`;
