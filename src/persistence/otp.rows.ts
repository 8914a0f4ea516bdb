import type { OperatorAction } from '../domain/operator-action.js';
import type { OtpEvent, OtpRecord, SendRecord } from '../domain/otp.js';

/**
 * Columns by name and never `*`: a prepared `SELECT *` breaks the moment a migration adds a column
 * under a running app. Row and record differ only in spelling.
 */
export const OTP_COLUMNS = [
  'id',
  'instance',
  'purpose',
  'subject',
  'channel',
  'key_id',
  'lookup_id',
  'mobile_mac',
  'mobile_sealed',
  'mobile_mask',
  'status',
  'delivery',
  'otc_id',
  'provider_otp_id',
  'reference_code',
  'callback_data',
  'binding_mac',
  'attempts',
  'max_attempts',
  'sends',
  'max_sends',
  'lease_no',
  'lease_until',
  'try_mac',
  'unknown_mac',
  'idempotency_key',
  'ttl_seconds',
  'expires_at',
  'created_at',
  'verified_at',
  'consumed_at',
  'revoked_at',
  'ip_mac',
  'limit_keys',
  'error_code',
  'event_count',
] as const;

export const SEND_COLUMNS = [
  'otp_id',
  'send_no',
  'provider_otp_id',
  'reference_code',
  'outcome',
  'message_id',
  'bulk_id',
  'credit',
  'delivery',
  'delivery_code',
  'description',
  'requested_at',
  'sent_at',
  'done_at',
] as const;

export const ACTION_COLUMNS = ['id', 'at', 'actor', 'action', 'otp_id', 'stop_key'] as const;

export const EVENT_COLUMNS = ['otp_id', 'event_no', 'type', 'at', 'data'] as const;

/** A row as the driver returns it. */
export type Row = Record<string, unknown>;

export const snakeCase = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const camel = (name: string): string =>
  name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** Reads a row with these columns into an object with camel-case names. */
export function reader(columns: readonly string[]): (row: Row) => unknown {
  const names = columns.map((column) => [column, camel(column)] as const);
  return (row) => Object.fromEntries(names.map(([column, name]) => [name, row[column]]));
}

export const toOtp = reader(OTP_COLUMNS) as (row: Row) => OtpRecord;
export const toSend = reader(SEND_COLUMNS) as (row: Row) => SendRecord;
export const toEvent = reader(EVENT_COLUMNS) as (row: Row) => OtpEvent;
export const toAction = reader(ACTION_COLUMNS) as (row: Row) => OperatorAction;
