import type { Command } from '../command.js';
import { doctorCommand } from './doctor.command.js';
import { eraseCommand } from './erase.command.js';
import { explainCommand } from './explain.command.js';
import { findCommand } from './find.command.js';
import { migrateCommand } from './migrate.command.js';
import { purgeCommand } from './purge.command.js';
import { rekeyCommand } from './rekey.command.js';
import { resealCommand } from './reseal.command.js';
import { unlockCommand } from './unlock.command.js';

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  doctorCommand,
  migrateCommand,
  findCommand,
  explainCommand,
  unlockCommand,
  eraseCommand,
  resealCommand,
  rekeyCommand,
  purgeCommand,
];
