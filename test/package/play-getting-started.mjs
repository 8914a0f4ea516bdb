import assert from 'node:assert/strict';
import { GETTING_STARTED, readPage } from './pages.mjs';

/** Makes the calls of docs/getting-started.md in their order; each answer must have the fields that the page shows. */
export async function playGettingStarted({ url, simulator }) {
  const calls = [...readPage(GETTING_STARTED).matchAll(/^curl localhost:3000(\S+)(.*)\n# (.+)$/gm)];
  assert.equal(calls.length, 4);
  const known = {};
  for (const [, path, options, shown] of calls) {
    const given = (text) => text.replace(/<(\w+)>/g, (_, name) => known[name]);
    const [, name, value] = /-H '(\S+): ([^']+)'/.exec(given(options));
    const [, body] = /-d '([^']+)'/.exec(given(options)) ?? [];
    const answer = await fetch(url + given(path), {
      ...(body && { method: 'POST', body }),
      headers: { [name]: value },
    });
    const said = await answer.json();
    const expected = JSON.parse(shown, (field, text) => (text === '…' ? said[field] : text));
    assert.deepEqual(said, expected);
    Object.assign(known, said, { code: simulator.codeFor('081-234-5678') });
  }
}
