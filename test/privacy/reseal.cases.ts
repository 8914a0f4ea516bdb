import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { OtpPrivacy } from 'nestjs-ants-otp';
import type { OtpOptions, Resealed } from 'nestjs-ants-otp';
import { bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { createMigratedDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';
import { outcomes } from '../support/outcomes.js';
import { recordedSimulator } from '../support/leaks/recorded-simulator.js';

const OLD = 'the-old-secret-'.padEnd(40, 'o');
const NEW = 'the-new-secret-'.padEnd(40, 'n');
const NEWEST = 'the-newest-secret-'.padEnd(40, 'x');
/** Of many numbers the last ones are on a page of their own. */
const MANY = 23;
const BATCH = 5;

/** Kept as it is given, so it names nobody. */
const ownerOf = (mobile: string): string => `owner-${mobile.slice(-6)}`;

describe('sealing numbers anew', () => {
  const simulator = recordedSimulator({ reports: 'manual' });
  let database: TestDatabase;
  const open = new Set<TestApp>();
  beforeAll(() => simulator.start());
  afterAll(() => simulator.stop());
  beforeEach(async () => {
    database = await createMigratedDatabase();
  });
  afterEach(async () => {
    for (const app of open) await app.close();
    open.clear();
    await database.drop();
  });

  const deploy = async (...secrets: string[]): Promise<TestApp> => {
    const options: Partial<OtpOptions> = { secret: undefined, secrets, lookupSecret: OLD };
    const app = await bootApp({ database, simulator, options });
    open.add(app);
    return app;
  };
  const stop = async (app: TestApp): Promise<void> => {
    open.delete(app);
    await app.close();
  };
  const privacy = ({ app }: TestApp): OtpPrivacy => app.get(OtpPrivacy);
  const ask = async ({ otps }: TestApp): Promise<{ id: string; mobile: string }> => {
    const mobile = nextMobile();
    const { id } = await otps.request({ mobile, subject: ownerOf(mobile) });
    return { id, mobile };
  };
  /** Who holds it by its subject is not touched by a dropped secret; the number must be opened. */
  const prove = ({ otps }: TestApp, { id, mobile }: { id: string; mobile: string }) =>
    otps.verify(id, simulator.codeFor(mobile), { subject: ownerOf(mobile) });
  const keysLeft = async (): Promise<number> => {
    const { rows } = await database.query(
      'SELECT count(DISTINCT key_id)::int AS count FROM otps WHERE mobile_sealed IS NOT NULL',
    );
    return rows[0]!['count'] as number;
  };

  it('lets an old secret go: numbers of before are opened after it was dropped', async () => {
    const first = await deploy(OLD);
    const old = await ask(first);
    const second = await deploy(OLD, NEW);
    await stop(first);
    const third = await deploy(NEW, OLD);
    await stop(second);
    expect(await privacy(third).reseal()).toEqual({ resealed: 1, unopened: 0 });
    const fourth = await deploy(NEW);
    await stop(third);
    expect(await fourth.otps.find({ mobile: old.mobile })).toMatchObject([{ id: old.id }]);
    expect(await prove(fourth, old)).toMatchObject({ mobile: `+66${old.mobile.slice(1)}` });
    expect(await privacy(fourth).reseal()).toEqual({ resealed: 0, unopened: 0 });
  });

  it('counts what no secret of the ring opens, and leaves it as it is', async () => {
    const before = await deploy(NEW);
    const [kept, spoilt, erased] = [await ask(before), await ask(before), await ask(before)];
    await before.otps.erase(erased.mobile);
    await stop(before);
    const dropped = await deploy(NEWEST);
    const { resealed, unopened } = await privacy(dropped).reseal();
    expect({ resealed, unopened }).toEqual({ resealed: 0, unopened: 2 });
    await stop(dropped);
    await database.query(
      `UPDATE otps SET mobile_sealed = set_byte(mobile_sealed, 20, 255 - get_byte(mobile_sealed, 20)) WHERE id = $1`,
      [spoilt.id],
    );
    const ring = await deploy(NEWEST, NEW);
    expect(await privacy(ring).reseal()).toEqual({ resealed: 1, unopened: 1 });
    await stop(ring);
    const after = await deploy(NEWEST);
    expect(await prove(after, kept)).toMatchObject({ mobile: `+66${kept.mobile.slice(1)}` });
    expect(await after.otps.status(erased.id)).toMatchObject({ mobileMask: 'erased' });
  });

  it('stopped half-way goes on, and two copies at once beside a running app do it once', async () => {
    const running = await deploy(NEWEST, NEW);
    const before = [];
    for (let n = 0; n < MANY; n++) before.push(await ask(running));
    const next = await deploy(NEW, NEWEST);
    const stopped: Resealed[] = [];
    const halfWay = privacy(next).reseal({
      batch: BATCH,
      onProgress: (soFar) => {
        stopped.push(soFar);
        if (soFar.resealed >= 2 * BATCH) throw new Error('stopped');
      },
    });
    await expect(halfWay).rejects.toThrow('stopped');
    const done = stopped.at(-1)!.resealed;
    expect(await keysLeft()).toBe(2);
    const [one, two, ...proofs] = await Promise.all([
      privacy(next).reseal({ batch: BATCH }),
      privacy(next).reseal({ batch: 2 * BATCH }),
      ...before.slice(-5).map((otp) => prove(running, otp)),
    ]);
    const { rows } = await database.query(
      'SELECT count(*)::int AS count FROM otps WHERE mobile_sealed IS NOT NULL',
    );
    expect(done + one.resealed + two.resealed).toBe(rows[0]!['count']);
    expect(one.unopened + two.unopened).toBe(0);
    expect(proofs.map(({ mobile }) => mobile)).toEqual(
      before.slice(-5).map(({ mobile }) => `+66${mobile.slice(1)}`),
    );
    expect(await keysLeft()).toBe(1);
  });

  it.each([null, 'text', true, { onProgress: 5 }])(
    'takes %j for no work, as rekey() does',
    async (given) => {
      const app = privacy(await deploy(NEW));
      const works: Promise<unknown>[] = [app.reseal(given as never), app.rekey(given as never)];
      expect((await outcomes(works)).refused).toEqual(['invalid_request', 'invalid_request']);
    },
  );

  it('takes no batch that is none', async () => {
    const app = await deploy(NEW);
    for (const batch of [0, 1.5, 10_001, '5']) {
      const work = privacy(app).reseal({ batch: batch as number });
      expect((await outcomes([work])).refused).toEqual(['invalid_request']);
    }
  });
});
