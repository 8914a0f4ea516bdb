import type { OwedEvent, ParkedRow } from '../ports/outbox-store.js';
import { reader } from './otp.rows.js';
import type { Row } from './otp.rows.js';

const OWED = ['otp_id', 'event_no', 'handler', 'attempts', 'type', 'at'];
const OTP = ['data', 'instance', 'purpose', 'channel', 'subject', 'callback_data', 'mobile_mask'];

export const toOwedEvent = reader([...OWED, ...OTP]) as (row: Row) => OwedEvent;
export const toParkedRow = reader([...OWED, 'parked_at']) as (row: Row) => ParkedRow;
