import { describe, expect, it } from '@jest/globals';
import { ADAPTERS } from '../support/app.js';
import { runApp } from '../support/child.js';
import { itInAll } from '../support/in-all.js';

describe.each(ADAPTERS)('a global throttler on %s', (adapter) => {
  itInAll('refuses the webhook when nobody told it not to', async () => {
    const statuses = JSON.parse(await runApp('throttled.app', adapter)) as number[];
    expect(statuses).toContain(429);
  });

  it('lets every report through with its own decorator on the webhook', async () => {
    const statuses = JSON.parse(await runApp('throttled.app', adapter, 'skip')) as number[];
    expect(statuses).toEqual(Array.from({ length: 10 }, () => 200));
  });
});
