import type { MigrationInterface, QueryRunner } from 'typeorm';
import { schemaOf } from './schema-of.js';

/**
 * The whole schema. `otps` holds one row an OTP, `otp_sends` one an SMS, `otp_events` the
 * append-only history, `otp_handlers` the app's event handlers, `otp_outbox` what they are still
 * owed, `otp_limits` what a number, an address or the day may still use, `otp_conversions` how many SMS of a range of
 * numbers were verified, `otp_figures` what the console shows, `otp_actions` what operators did. No foreign keys: the purge removes an OTP's rows itself, and `otp_events`
 * stays free to be partitioned. The words that a CHECK knows stand in one text: PostgreSQL reads a CHECK anew for each statement
 * that writes, and lists of words made a request and its check 7 % slower (docs/performance.md).
 */
export class CreateOtpTables1764000000000 implements MigrationInterface {
  readonly name = 'CreateOtpTables1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    const at = schemaOf(runner);
    await runner.query(`
      CREATE TABLE ${at}"otps" (
        "id" uuid NOT NULL,
        "instance" text NOT NULL,
        "purpose" text NOT NULL,
        "subject" text,
        "channel" text NOT NULL,
        "key_id" text NOT NULL,
        "lookup_id" text NOT NULL,
        "mobile_mac" bytea NOT NULL,
        "mobile_sealed" bytea,
        "mobile_mask" text NOT NULL,
        "status" text NOT NULL,
        "delivery" text NOT NULL,
        "otc_id" text NOT NULL,
        "provider_otp_id" text,
        "reference_code" text,
        "callback_data" text,
        "binding_mac" bytea,
        "attempts" smallint NOT NULL DEFAULT 0,
        "max_attempts" smallint NOT NULL,
        "sends" smallint NOT NULL DEFAULT 1,
        "max_sends" smallint NOT NULL,
        "lease_no" integer NOT NULL DEFAULT 0,
        "lease_until" timestamp with time zone,
        "try_mac" bytea,
        "unknown_mac" bytea,
        "idempotency_key" text,
        "ttl_seconds" smallint NOT NULL,
        "expires_at" timestamp with time zone NOT NULL,
        "created_at" timestamp with time zone NOT NULL,
        "verified_at" timestamp with time zone,
        "consumed_at" timestamp with time zone,
        "revoked_at" timestamp with time zone,
        "ip_mac" bytea,
        "limit_keys" text array NOT NULL DEFAULT '{}',
        "error_code" text,
        "event_count" integer NOT NULL DEFAULT 1,
        CONSTRAINT "otps_pkey" PRIMARY KEY ("id"),
        CONSTRAINT "otps_status_known" CHECK (status = ANY ('{sending,pending,verified,send_failed,send_unknown,max_attempts_reached,expired,canceled,superseded}')),
        CONSTRAINT "otps_delivery_known" CHECK (delivery = ANY ('{none,accepted,pending,unknown,completed,expired,rejected,undelivered,delivered,external}')),
        CONSTRAINT "otps_channel_known" CHECK (channel = ANY ('{provider,decoy,test}')),
        CONSTRAINT "otps_attempts_within" CHECK (attempts BETWEEN 0 AND max_attempts),
        CONSTRAINT "otps_consumed_verified" CHECK (consumed_at IS NULL OR status = 'verified')
      )`);
    await runner.query(
      `CREATE UNIQUE INDEX "otps_live_key" ON ${at}"otps" ("instance", "purpose", "mobile_mac") WHERE array_position(ARRAY['sending', 'pending'], status) IS NOT NULL`,
    );
    await runner.query(`CREATE INDEX "otps_mobile_idx" ON ${at}"otps" ("mobile_mac", "id")`);
    await runner.query(
      `CREATE INDEX "otps_subject_idx" ON ${at}"otps" ("subject", "id") WHERE subject IS NOT NULL`,
    );
    await runner.query(
      `CREATE INDEX "otps_callback_data_idx" ON ${at}"otps" ("callback_data", "id") WHERE callback_data IS NOT NULL`,
    );
    await runner.query(
      `CREATE INDEX "otps_due_idx" ON ${at}"otps" ((CASE WHEN status IN ('sending', 'pending') THEN expires_at END))
       WHERE ((CASE WHEN status IN ('sending', 'pending') THEN expires_at END) IS NOT NULL)::int = 1`,
    );

    await runner.query(`
      CREATE TABLE ${at}"otp_sends" (
        "otp_id" uuid NOT NULL,
        "send_no" smallint NOT NULL,
        "provider_otp_id" text,
        "reference_code" text,
        "outcome" text NOT NULL,
        "message_id" text,
        "bulk_id" text,
        "credit" text,
        "delivery" text NOT NULL,
        "delivery_code" text,
        "description" text,
        "requested_at" timestamp with time zone NOT NULL,
        "sent_at" timestamp with time zone,
        "done_at" timestamp with time zone,
        CONSTRAINT "otp_sends_pkey" PRIMARY KEY ("otp_id", "send_no"),
        CONSTRAINT "otp_sends_outcome_known" CHECK (outcome = ANY ('{sending,sent,failed,unknown}'))
      )`);
    await runner.query(
      `CREATE INDEX "otp_sends_provider_otp_id_idx" ON ${at}"otp_sends" ("provider_otp_id") WHERE provider_otp_id IS NOT NULL`,
    );
    await runner.query(
      `CREATE INDEX "otp_sends_reference_code_idx" ON ${at}"otp_sends" ("reference_code") WHERE reference_code IS NOT NULL`,
    );
    await runner.query(
      `CREATE INDEX "otp_sends_message_id_idx" ON ${at}"otp_sends" ("message_id") WHERE message_id IS NOT NULL`,
    );

    await runner.query(`
      CREATE TABLE ${at}"otp_events" (
        "otp_id" uuid NOT NULL,
        "event_no" integer NOT NULL,
        "type" text NOT NULL,
        "at" timestamp with time zone NOT NULL,
        "data" jsonb NOT NULL,
        "dedupe_key" text,
        CONSTRAINT "otp_events_pkey" PRIMARY KEY ("otp_id", "event_no")
      )`);
    await runner.query(
      `CREATE UNIQUE INDEX "otp_events_dedupe_key" ON ${at}"otp_events" ("otp_id", "dedupe_key") WHERE dedupe_key IS NOT NULL`,
    );

    await runner.query(`
      CREATE TABLE ${at}"otp_handlers" (
        "instance" text NOT NULL,
        "handler" text NOT NULL,
        "type" text NOT NULL,
        "seen_at" timestamp with time zone NOT NULL,
        CONSTRAINT "otp_handlers_pkey" PRIMARY KEY ("instance", "handler", "type")
      )`);
    await runner.query(`
      CREATE TABLE ${at}"otp_outbox" (
        "otp_id" uuid NOT NULL,
        "event_no" integer NOT NULL,
        "type" text NOT NULL,
        "instance" text NOT NULL,
        "handler" text NOT NULL,
        "attempts" integer NOT NULL DEFAULT 0,
        "next_at" timestamp with time zone NOT NULL,
        "lease_until" timestamp with time zone,
        "parked_at" timestamp with time zone,
        CONSTRAINT "otp_outbox_pkey" PRIMARY KEY ("otp_id", "handler", "event_no")
      )`);
    await runner.query(
      `CREATE INDEX "otp_outbox_due_idx" ON ${at}"otp_outbox" ("instance", "handler", "next_at") WHERE parked_at IS NULL`,
    );

    await runner.query(`
      CREATE TABLE ${at}"otp_limits" (
        "key" text NOT NULL,
        "lookup_id" text NOT NULL,
        "hits" timestamp with time zone array NOT NULL DEFAULT '{}',
        "count" integer NOT NULL DEFAULT 0,
        "max" integer NOT NULL,
        "until" timestamp with time zone,
        "updated_at" timestamp with time zone NOT NULL,
        CONSTRAINT "otp_limits_pkey" PRIMARY KEY ("key"),
        CONSTRAINT "otp_limits_within" CHECK (cardinality(hits) <= max AND count <= max)
      )`);
    await runner.query(
      `CREATE INDEX "otp_limits_updated_at_idx" ON ${at}"otp_limits" ("updated_at")`,
    );
    await runner.query(
      `CREATE INDEX "otp_limits_stops_idx" ON ${at}"otp_limits" ("key") WHERE (array_position(ARRAY['pause', 'guard', 'blocked'], split_part(key, ':', 1)) IS NOT NULL)::int = 1`,
    );

    await runner.query(`
      CREATE TABLE ${at}"otp_conversions" (
        "instance" text NOT NULL,
        "at" timestamp with time zone NOT NULL,
        "key" text NOT NULL,
        "lookup_id" text NOT NULL,
        "sends" integer NOT NULL,
        "verified" integer NOT NULL,
        CONSTRAINT "otp_conversions_pkey" PRIMARY KEY ("instance", "at", "key")
      )`);

    await runner.query(`
      CREATE TABLE ${at}"otp_figures" (
        "instance" text NOT NULL,
        "kind" text NOT NULL,
        "at" timestamp with time zone NOT NULL,
        "name" text NOT NULL,
        "otc_id" text NOT NULL,
        "counts" integer array NOT NULL,
        CONSTRAINT "otp_figures_pkey" PRIMARY KEY ("instance", "kind", "at", "name", "otc_id")
      )`);

    await runner.query(`
      CREATE TABLE ${at}"otp_actions" (
        "id" uuid NOT NULL,
        "instance" text NOT NULL,
        "at" timestamp with time zone NOT NULL,
        "actor" text NOT NULL,
        "action" text NOT NULL,
        "otp_id" uuid,
        "stop_key" text,
        CONSTRAINT "otp_actions_pkey" PRIMARY KEY ("id"),
        CONSTRAINT "otp_actions_action_known" CHECK (action = ANY ('{cancel,unlock,unblock,erase,unmask}'))
      )`);
    await runner.query(
      `CREATE INDEX "otp_actions_otp_id_idx" ON ${at}"otp_actions" ("otp_id", "id") WHERE otp_id IS NOT NULL`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    const at = schemaOf(runner);
    for (const table of [
      'otp_actions',
      'otp_figures',
      'otp_conversions',
      'otp_limits',
      'otp_outbox',
      'otp_handlers',
      'otp_events',
      'otp_sends',
      'otps',
    ])
      await runner.query(`DROP TABLE ${at}"${table}"`);
  }
}
