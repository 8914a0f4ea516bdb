import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import type { NewOperatorAction } from '../../src/ports/action-log.js';
import { pendingOtp } from './store-fixtures.js';
import { memoryHarness, postgresHarness } from './store-harness.js';
import type { StoreHarness } from './store-harness.js';

describe.each([
  ['memory', memoryHarness],
  ['postgres', postgresHarness],
])('what operators did, in the %s store', (_, open) => {
  let harness: StoreHarness;
  beforeAll(async () => {
    harness = await open();
  });
  afterAll(() => harness.close());

  const action = (over: Partial<NewOperatorAction>): NewOperatorAction => ({
    id: uuidv7(),
    ...{ instance: 'shop', actor: 'staff-7', action: 'cancel', otpId: null, stopKey: null },
    ...over,
  });

  it('is kept, newest first, each instance apart', async () => {
    const { actions } = harness;
    const otpId = uuidv7();
    const done = [
      action({ otpId }),
      action({ action: 'unblock', stopKey: 'guard:shop:00' }),
      action({ instance: 'staff', otpId }),
      action({ action: 'erase', otpId, actor: 'staff-9' }),
    ];
    for (const one of done) await actions.record(one);
    const [cancel, unblock, , erase] = done.map(
      ({ id, actor, action: name, otpId: about, stopKey }) => ({
        ...{ id, actor, action: name, otpId: about, stopKey },
        at: expect.any(Date),
      }),
    );
    expect(await actions.newest('shop', 10)).toEqual([erase, unblock, cancel]);
    expect(await actions.newest('shop', 1)).toEqual([erase]);
    expect(await actions.about('shop', otpId, 10)).toEqual([erase, cancel]);
    expect(await actions.about('other', otpId, 10)).toEqual([]);
  });

  it('leaves an event when a whole number was asked for, unless it is erased or of another instance', async () => {
    const { store, privacy } = harness;
    const otp = await pendingOtp(store);
    expect(await privacy.unmask('another', otp.id, 'staff-7')).toBeNull();
    expect(await privacy.unmask(otp.instance, otp.id, 'staff-7')).toEqual({
      ...{ id: otp.id, keyId: otp.keyId, sealed: otp.mobileSealed },
    });
    const last = async () => (await store.history(otp.id)).at(-1);
    expect(await last()).toMatchObject({ type: 'unmasked', data: { actor: 'staff-7' } });
    await privacy.erase(otp.instance, [otp.mobileMac], 10);
    expect(await privacy.unmask(otp.instance, otp.id, 'staff-7')).toBeNull();
    expect((await last())?.type).toBe('erased');
  });
});
