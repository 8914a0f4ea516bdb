export { AntsSimulator } from './ants-simulator.js';
export type { AntsCall, SentSms } from './ants-simulator.account.js';
export { antsError, type AntsErrorBody, type AntsErrorCode } from './ants-simulator.answers.js';
export type { AntsAnswerShape } from './ants-simulator.answer-shape.js';
export type { AntsSimulatorChanges } from './ants-simulator.changes.js';
export type { AntsFault, AntsHold } from './ants-simulator.faults.js';
export { ANTS_MAGIC_NUMBERS, type AntsMagicNumber } from './ants-simulator.magic.js';
export type { AntsSimulatorStartOptions } from './ants-simulator.listener.js';
export type { AntsSimulatorOptions, AntsSimulatorSettings } from './ants-simulator.options.js';
export type { ReceivedRequest } from './ants-simulator.received.js';
export type {
  AntsReport,
  AntsReportDetail,
  AntsReportOptions,
  AntsReportStatus,
} from './ants-simulator.reports.js';
export type { AntsReportShape } from './ants-simulator.report-shape.js';
export type { AntsReportSchedule } from './ants-simulator.schedule.js';
export { FakeClock } from './fake-clock.js';
export { MemoryOtpStore } from './memory-otp.store.js';
export { OtpTester } from './otp-tester.js';
export {
  getOtpTesterToken,
  OtpTestingModule,
  type OtpTestingOptions,
} from './otp-testing.module.js';
