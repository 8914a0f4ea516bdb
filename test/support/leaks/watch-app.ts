import type { INestApplication } from '@nestjs/common';
import { OtpService } from 'nestjs-ants-otp';
import type { TestDatabase } from '../database.js';
import { runLog } from './run-log.js';
import { noteDatabase } from './run-record.js';
import { watchOtps } from './watch-otps.js';

/** Notes for the leak check what an app hands out, refuses and logs; nothing of its log is printed. */
export function watchApp(app: INestApplication, database: TestDatabase): void {
  app.useLogger(runLog());
  watchOtps(app.get(OtpService, { strict: false }));
  noteDatabase(database.name, 'got an app');
}
