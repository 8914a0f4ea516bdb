import { checkRun, summaryOf } from './check-run.js';

/** `node report-run.js <folder>` checks the record of a run in a process of its own; ends with 1 when there is a problem. */
const [, , folder] = process.argv;
if (folder === undefined) throw new Error('Name the folder of the record.');
const check = await checkRun(folder);
console.log(summaryOf(check));
for (const problem of check.problems.slice(0, 50)) console.error(`- ${problem}`);
if (check.problems.length > 0) process.exitCode = 1;
