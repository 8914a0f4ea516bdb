import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { outcomes } from '../support/outcomes.js';

/** A number whose process died while sending is free after 15 s, whatever else waits for the sweeper. */
describe('a stale request behind a backlog', () => {
  let t: TestApp;
  beforeAll(async () => {
    t = await bootApp();
    await t.database.query(`
      INSERT INTO otps (id, instance, purpose, channel, key_id, lookup_id, mobile_mac, mobile_mask, status, delivery, otc_id,
        max_attempts, max_sends, ttl_seconds, expires_at, created_at)
      SELECT ('01900000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'default', 'default', 'provider', 'key', 'key',
        decode(lpad(n::text, 64, '0'), 'hex'), '08x-xxx-5678', 'pending', 'none', 'OTC', 5, 4, 300,
        now() - interval '1 s', now() - interval '301 s' FROM generate_series(1, 1000) AS n`);
  });
  afterAll(() => t.close());

  it('makes way', async () => {
    const mobile = nextMobile();
    const hold = t.simulator.hold('requestOTP');
    const lost = outcomes([t.otps.request({ mobile })]);
    await hold.arrived;
    await t.database.age('16 s');
    // After an SMS of unknown fate the user may ask again in 10 s.
    expect((await outcomes([t.otps.request({ mobile })])).refused).toEqual(['cooldown']);
    await t.database.age('11 s');
    expect((await outcomes([t.otps.request({ mobile })])).done).toHaveLength(1);
    hold.release();
    await lost;
  });
});
