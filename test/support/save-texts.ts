import type { SendRecord } from '../../src/domain/otp.js';
import { saveStatement } from '../../src/persistence/save.sql.js';

/** The texts of saves, for tests that stop or cut a connection at one. */

/** The save of a report that moves the delivery of an OTP. */
export const SAVE_REPORT = saveStatement(
  { id: '', xmin: '', readAt: new Date(0) },
  {
    otp: { delivery: 'delivered' },
    send: {} as SendRecord,
    events: [{ type: 'delivered', data: {} }],
  },
).text;
