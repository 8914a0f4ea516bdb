export { OtpModule } from './otp.module.js';
export type { OtpModuleAsyncOptions, OtpModuleExtras } from './otp.module-definition.js';
export { OtpConfigError } from './options/config-error.js';
export { OtpSettings } from './options/otp.settings.js';
export type { OtpAccount } from './options/account.js';
export type { OtpMessages, OtpSentences } from './options/messages.js';
export type {
  OtpAlarm,
  OtpAsk,
  OtpOptions,
  OtpOwnLimit,
  OtpPurposeOptions,
  OtpRetentionPreset,
  OtpTestNumber,
  OtpVerdict,
  ProofPlace,
  SubjectOf,
  WebhookCredential,
} from './options/otp.options.js';
export type { OtpPolicy } from './options/otp.settings.js';
export { otpConfig } from './otp.config.js';

export { getOtpToken, InjectOtp } from './service/instances.js';
export { OtpService } from './service/otp.service.js';
export { isOtpException, OtpException } from './service/otp.exception.js';
export type { OtpErrorBody } from './service/otp.exception.js';
export { OnOtpEvent } from './service/events/on-otp-event.decorator.js';
export type { OnOtpEventOptions } from './service/events/on-otp-event.decorator.js';
export type {
  AnyOtpEvent,
  OtpDelivered,
  OtpDeliveryData,
  OtpEventFacts,
  OtpEventOf,
  OtpRequested,
  OtpSent,
  OtpSentData,
  OtpUndelivered,
  OtpVerified,
} from './service/events/otp-event.js';
export { OtpOutbox } from './service/events/otp-outbox.js';
export type { OtpReplay, ParkedEvent } from './service/events/otp-outbox.js';
export type { ProviderHealth } from './service/provider-gate.js';
export { OtpProof } from './service/otp-proof.js';
export type { ProofFacts } from './service/otp-proof.js';
export { DEFAULT_PURPOSE } from './service/default-purpose.js';
export { OtpDoctor } from './service/otp-doctor.js';
export type { OtpFinding } from './service/otp-doctor.js';
export { OtpHealthIndicator } from './service/otp-health-indicator.js';
export type {
  OtpDatabaseHealth,
  OtpHealth,
  OtpProviderHealth,
} from './service/otp-health-indicator.js';
export { OtpActions } from './service/otp-actions.js';
export type { OperatorAction, OperatorActionName } from './domain/operator-action.js';
export { OtpControls } from './service/otp-controls.js';
export type { OtpStop, OtpUnblock } from './service/otp-controls.js';
export { OtpPrivacy } from './service/otp-privacy.js';
export type { PrivacyWork } from './service/privacy-work.js';
export type { Rekeyed } from './service/rekey-macs.js';
export type { Resealed } from './service/reseal-numbers.js';
export type {
  OtpChallenge,
  OtpHistoryEntry,
  OtpHolder,
  OtpRequest,
  OtpSearch,
  OtpVerification,
  OtpView,
} from './service/otp.api.js';

export { OtpGuard } from './http/otp.guard.js';
export { OtpLanguages } from './service/otp-languages.js';
export { JsonOnlyGuard } from './http/json-only.guard.js';
export { SameOriginGuard } from './http/same-origin.guard.js';
export { OtpExceptionFilter } from './http/otp-exception.filter.js';
export type { GuardedRequest } from './http/guarded-call.js';
export { OtpOptional } from './http/otp-optional.decorator.js';
export { withOtpProofScheme } from './http/openapi/proof-scheme.js';
export { RequireOtp } from './http/require-otp.decorator.js';
export type { OtpRequirement, RequireOtpOptions } from './http/require-otp.decorator.js';
export type { RouteMark } from './http/route-mark.js';
export { SkipOtp } from './http/skip-otp.decorator.js';
export { VerifiedOtp } from './http/verified-otp.decorator.js';
export type { WebhookDecorator } from './http/delivery-report.controller.js';
export type { OtpVerificationBody } from './http/otp.controller.js';
export type { OtpStatusBody } from './http/status-body.js';

export { OtpProvider } from './ports/otp-provider.js';
export type {
  AccountOutcome,
  NotifyContentType,
  RefusalReason,
  ReportReading,
  ResendRequest,
  SendOutcome,
  SendRequest,
  VerifyOutcome,
  VerifyRequest,
} from './ports/otp-provider.js';

export { otpEntities } from './persistence/otp.entities.js';
export type { OtpDatabaseOptions } from './persistence/own-database.js';

export { Sweeper as OtpSweeper } from './service/sweeper.js';
export type { PurgeResult } from './service/sweeper.js';
export type { SweepResult } from './ports/otp-store.js';

export type { AntsCode, NamedCodes } from './domain/ants-code.js';
export { OTP_ERRORS } from './domain/errors.js';
export type { OtpErrorCode, Refusal as OtpRefusal } from './domain/errors.js';
export type { Sentence, SentenceFacts } from './domain/sentence.js';
export type { NoticeFacts, NoticeTopic, OtpNotice } from './domain/notice.js';
export type { UnreadableFacts, UnreadableReason } from './domain/unreadable-report.js';
export type { Delivery, DeliveryReport } from './domain/delivery.js';
export type { OtpExplanation } from './domain/explain.js';
export type { TelemetryFactory } from './ports/telemetry.js';
export type { OtpChannel, OtpEventData, OtpEventType, OtpStatus } from './domain/otp.js';
