import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';

/**
 * The tables as TypeORM sees them, for an app's own queries and for its schema tools. The hot path
 * does not use them: see `postgres-otp.store.ts`. A test keeps them equal to the migrations.
 */
const timestamptz = 'timestamp with time zone';

@Entity('otps')
@Index('otps_live_key', ['instance', 'purpose', 'mobileMac'], {
  unique: true,
  where: `array_position(ARRAY['sending', 'pending'], status) IS NOT NULL`,
})
@Index('otps_mobile_idx', ['mobileMac', 'id'])
@Index('otps_subject_idx', ['subject', 'id'], { where: 'subject IS NOT NULL' })
@Index('otps_callback_data_idx', ['callbackData', 'id'], { where: 'callback_data IS NOT NULL' })
// Of an expression, which TypeORM cannot tell.
@Index('otps_due_idx', { synchronize: false })
@Check(
  'otps_status_known',
  `status = ANY ('{sending,pending,verified,send_failed,send_unknown,max_attempts_reached,expired,canceled,superseded}')`,
)
@Check(
  'otps_delivery_known',
  `delivery = ANY ('{none,accepted,pending,unknown,completed,expired,rejected,undelivered,delivered,external}')`,
)
@Check('otps_channel_known', `channel = ANY ('{provider,decoy,test}')`)
@Check('otps_attempts_within', `attempts BETWEEN 0 AND max_attempts`)
@Check('otps_consumed_verified', `consumed_at IS NULL OR status = 'verified'`)
export class OtpEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'otps_pkey' }) id!: string;
  @Column('text') instance!: string;
  @Column('text') purpose!: string;
  @Column('text', { nullable: true }) subject!: string | null;
  @Column('text') channel!: string;
  @Column('text', { name: 'key_id' }) keyId!: string;
  @Column('text', { name: 'lookup_id' }) lookupId!: string;
  @Column('bytea', { name: 'mobile_mac' }) mobileMac!: Buffer;
  @Column('bytea', { name: 'mobile_sealed', nullable: true }) mobileSealed!: Buffer | null;
  @Column('text', { name: 'mobile_mask' }) mobileMask!: string;
  @Column('text') status!: string;
  @Column('text') delivery!: string;
  @Column('text', { name: 'otc_id' }) otcId!: string;
  @Column('text', { name: 'provider_otp_id', nullable: true }) providerOtpId!: string | null;
  @Column('text', { name: 'reference_code', nullable: true }) referenceCode!: string | null;
  @Column('text', { name: 'callback_data', nullable: true }) callbackData!: string | null;
  @Column('bytea', { name: 'binding_mac', nullable: true }) bindingMac!: Buffer | null;
  @Column('smallint', { default: 0 }) attempts!: number;
  @Column('smallint', { name: 'max_attempts' }) maxAttempts!: number;
  @Column('smallint', { default: 1 }) sends!: number;
  @Column('smallint', { name: 'max_sends' }) maxSends!: number;
  @Column('integer', { name: 'lease_no', default: 0 }) leaseNo!: number;
  @Column(timestamptz, { name: 'lease_until', nullable: true }) leaseUntil!: Date | null;
  @Column('bytea', { name: 'try_mac', nullable: true }) tryMac!: Buffer | null;
  @Column('bytea', { name: 'unknown_mac', nullable: true }) unknownMac!: Buffer | null;
  @Column('text', { name: 'idempotency_key', nullable: true }) idempotencyKey!: string | null;
  @Column('smallint', { name: 'ttl_seconds' }) ttlSeconds!: number;
  @Column(timestamptz, { name: 'expires_at' }) expiresAt!: Date;
  @Column(timestamptz, { name: 'created_at' }) createdAt!: Date;
  @Column(timestamptz, { name: 'verified_at', nullable: true }) verifiedAt!: Date | null;
  @Column(timestamptz, { name: 'consumed_at', nullable: true }) consumedAt!: Date | null;
  @Column(timestamptz, { name: 'revoked_at', nullable: true }) revokedAt!: Date | null;
  @Column('bytea', { name: 'ip_mac', nullable: true }) ipMac!: Buffer | null;
  @Column('text', { name: 'limit_keys', array: true, default: '{}' }) limitKeys!: string[];
  @Column('text', { name: 'error_code', nullable: true }) errorCode!: string | null;
  @Column('integer', { name: 'event_count', default: 1 }) eventCount!: number;
}

@Entity('otp_sends')
@Index('otp_sends_provider_otp_id_idx', ['providerOtpId'], {
  where: 'provider_otp_id IS NOT NULL',
})
@Index('otp_sends_reference_code_idx', ['referenceCode'], { where: 'reference_code IS NOT NULL' })
@Index('otp_sends_message_id_idx', ['messageId'], { where: 'message_id IS NOT NULL' })
@Check('otp_sends_outcome_known', `outcome = ANY ('{sending,sent,failed,unknown}')`)
export class OtpSendEntity {
  @PrimaryColumn('uuid', { name: 'otp_id', primaryKeyConstraintName: 'otp_sends_pkey' })
  otpId!: string;
  @PrimaryColumn('smallint', { name: 'send_no', primaryKeyConstraintName: 'otp_sends_pkey' })
  sendNo!: number;
  @Column('text', { name: 'provider_otp_id', nullable: true }) providerOtpId!: string | null;
  @Column('text', { name: 'reference_code', nullable: true }) referenceCode!: string | null;
  @Column('text') outcome!: string;
  @Column('text', { name: 'message_id', nullable: true }) messageId!: string | null;
  @Column('text', { name: 'bulk_id', nullable: true }) bulkId!: string | null;
  @Column('text', { nullable: true }) credit!: string | null;
  @Column('text') delivery!: string;
  @Column('text', { name: 'delivery_code', nullable: true }) deliveryCode!: string | null;
  @Column('text', { nullable: true }) description!: string | null;
  @Column(timestamptz, { name: 'requested_at' }) requestedAt!: Date;
  @Column(timestamptz, { name: 'sent_at', nullable: true }) sentAt!: Date | null;
  @Column(timestamptz, { name: 'done_at', nullable: true }) doneAt!: Date | null;
}

@Entity('otp_events')
@Index('otp_events_dedupe_key', ['otpId', 'dedupeKey'], {
  unique: true,
  where: 'dedupe_key IS NOT NULL',
})
export class OtpEventEntity {
  @PrimaryColumn('uuid', { name: 'otp_id', primaryKeyConstraintName: 'otp_events_pkey' })
  otpId!: string;
  @PrimaryColumn('integer', { name: 'event_no', primaryKeyConstraintName: 'otp_events_pkey' })
  eventNo!: number;
  @Column('text') type!: string;
  @Column(timestamptz) at!: Date;
  @Column('jsonb') data!: Record<string, unknown>;
  @Column('text', { name: 'dedupe_key', nullable: true }) dedupeKey!: string | null;
}

@Entity('otp_handlers')
export class OtpHandlerEntity {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'otp_handlers_pkey' }) instance!: string;
  @PrimaryColumn('text', { primaryKeyConstraintName: 'otp_handlers_pkey' }) handler!: string;
  @PrimaryColumn('text', { primaryKeyConstraintName: 'otp_handlers_pkey' }) type!: string;
  @Column(timestamptz, { name: 'seen_at' }) seenAt!: Date;
}

@Entity('otp_outbox')
@Index('otp_outbox_due_idx', ['instance', 'handler', 'nextAt'], { where: 'parked_at IS NULL' })
export class OtpOutboxEntity {
  @PrimaryColumn('uuid', { name: 'otp_id', primaryKeyConstraintName: 'otp_outbox_pkey' })
  otpId!: string;
  @PrimaryColumn('text', { primaryKeyConstraintName: 'otp_outbox_pkey' }) handler!: string;
  @PrimaryColumn('integer', { name: 'event_no', primaryKeyConstraintName: 'otp_outbox_pkey' })
  eventNo!: number;
  @Column('text') type!: string;
  @Column('text') instance!: string;
  @Column('integer', { default: 0 }) attempts!: number;
  @Column(timestamptz, { name: 'next_at' }) nextAt!: Date;
  @Column(timestamptz, { name: 'lease_until', nullable: true }) leaseUntil!: Date | null;
  @Column(timestamptz, { name: 'parked_at', nullable: true }) parkedAt!: Date | null;
}

@Entity('otp_limits')
@Index('otp_limits_updated_at_idx', ['updatedAt'])
@Index('otp_limits_stops_idx', ['key'], {
  where: `(array_position(ARRAY['pause', 'guard', 'blocked'], split_part(key, ':', 1)) IS NOT NULL)::int = 1`,
})
@Check('otp_limits_within', `cardinality(hits) <= max AND count <= max`)
export class OtpLimitEntity {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'otp_limits_pkey' }) key!: string;
  @Column('text', { name: 'lookup_id' }) lookupId!: string;
  @Column(timestamptz, { array: true, default: '{}' }) hits!: Date[];
  @Column('integer', { default: 0 }) count!: number;
  @Column('integer') max!: number;
  @Column(timestamptz, { nullable: true }) until!: Date | null;
  @Column(timestamptz, { name: 'updated_at' }) updatedAt!: Date;
}

@Entity('otp_actions')
@Index('otp_actions_otp_id_idx', ['otpId', 'id'], { where: 'otp_id IS NOT NULL' })
@Check('otp_actions_action_known', `action = ANY ('{cancel,unlock,unblock,erase,unmask}')`)
export class OtpActionEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'otp_actions_pkey' }) id!: string;
  @Column('text') instance!: string;
  @Column(timestamptz) at!: Date;
  @Column('text') actor!: string;
  @Column('text') action!: string;
  @Column('uuid', { name: 'otp_id', nullable: true }) otpId!: string | null;
  @Column('text', { name: 'stop_key', nullable: true }) stopKey!: string | null;
}

@Entity('otp_conversions')
export class OtpConversionEntity {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'otp_conversions_pkey' }) instance!: string;
  @PrimaryColumn(timestamptz, { primaryKeyConstraintName: 'otp_conversions_pkey' }) at!: Date;
  @PrimaryColumn('text', { primaryKeyConstraintName: 'otp_conversions_pkey' }) key!: string;
  @Column('text', { name: 'lookup_id' }) lookupId!: string;
  @Column('integer') sends!: number;
  @Column('integer') verified!: number;
}

@Entity('otp_figures')
export class OtpFigureEntity {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'otp_figures_pkey' }) instance!: string;
  @PrimaryColumn('text', { primaryKeyConstraintName: 'otp_figures_pkey' }) kind!: string;
  @PrimaryColumn(timestamptz, { primaryKeyConstraintName: 'otp_figures_pkey' }) at!: Date;
  @PrimaryColumn('text', { primaryKeyConstraintName: 'otp_figures_pkey' }) name!: string;
  @PrimaryColumn('text', { name: 'otc_id', primaryKeyConstraintName: 'otp_figures_pkey' })
  otcId!: string;
  @Column('integer', { array: true }) counts!: number[];
}

/** Every entity of this module, for a DataSource without `autoLoadEntities`. */
export const otpEntities = [
  OtpEntity,
  OtpSendEntity,
  OtpEventEntity,
  OtpHandlerEntity,
  OtpOutboxEntity,
  OtpLimitEntity,
  OtpActionEntity,
  OtpConversionEntity,
  OtpFigureEntity,
];
