export const LOGIN_STYLE = `
:root {
  color-scheme: light dark;
  --accent: #0b6b57;
  --field: light-dark(#fff, #1d2422);
  --line: light-dark(#c3cdc9, #47534f);
  font: 16px/1.5 system-ui, 'Sarabun', 'Noto Sans Thai', sans-serif;
}
body {
  margin: 0;
  min-height: 100vh;
  display: grid;
  place-items: center;
  background: light-dark(#eef3f1, #111715);
}
main {
  box-sizing: border-box;
  width: min(24rem, 100vw);
  padding: 2rem;
  border-radius: 1rem;
  background: light-dark(#fff, #18201d);
  box-shadow: 0 8px 30px #0002;
}
form { display: grid; gap: 0.75rem; }
form[hidden] { display: none; }
h1 { margin: 0; font-size: 1.5rem; }
p { margin: 0; }
input, button { font: inherit; padding: 0.7rem 0.9rem; border-radius: 0.6rem; }
input { border: 1px solid var(--line); background: var(--field); color: inherit; }
#digits { font-size: 1.6rem; letter-spacing: 0.3em; text-align: center; }
button { border: 0; background: var(--accent); color: #fff; cursor: pointer; }
button.quiet { background: none; color: inherit; border: 1px solid var(--line); }
button:disabled { opacity: 0.5; cursor: default; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
#message:not(:empty) { margin-top: 1rem; color: light-dark(#a3261b, #ff9d92); }
`;
