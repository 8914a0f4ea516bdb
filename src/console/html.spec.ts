import { expect, it } from '@jest/globals';
import { html } from './html.js';

it('escapes every text, in elements and in attributes', () => {
  const text = `<script>"&'`;
  expect(html`<a title="${text}">${text}</a>`.text).toBe(
    '<a title="&lt;script&gt;&quot;&amp;&#39;">&lt;script&gt;&quot;&amp;&#39;</a>',
  );
});

it('takes pieces, lists, numbers and nothing', () => {
  expect(html`${[html`<b>1</b>`, '<', 2]}${null}`.text).toBe('<b>1</b>&lt;2');
});
