export { AntsSimulator, type ReceivedRequest } from './ants-simulator.js';
export type { AntsCall, SentSms } from './ants-simulator.account.js';
export { antsError, type AntsErrorBody, type AntsErrorCode } from './ants-simulator.answers.js';
export type { AntsFault, AntsHold } from './ants-simulator.faults.js';
export type { AntsSimulatorOptions, AntsSimulatorSettings } from './ants-simulator.options.js';
export type {
  AntsReport,
  AntsReportDetail,
  AntsReportOptions,
  AntsReportStatus,
} from './ants-simulator.reports.js';
export { FakeClock } from './fake-clock.js';
export { MemoryOtpStore } from './memory-otp.store.js';
