export { OtpConsoleModule } from './otp-console.module.js';
export type { OtpConsoleOptions } from './otp-console.options.js';
