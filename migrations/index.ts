import { CreateOtpTables1764000000000 } from './1764000000000-create-otp-tables.js';

/** Every migration of this module, oldest first: give it to TypeORM's `migrations`. */
export const otpMigrations = [CreateOtpTables1764000000000];
