#!/usr/bin/env node
import 'reflect-metadata';
import { COMMANDS } from './commands/index.js';
import { runCommand } from './run-command.js';

void runCommand(COMMANDS, process.argv.slice(2)).then(({ out, error, status }) => {
  process.stderr.write(error);
  process.stdout.write(out);
  process.exitCode = status;
});
