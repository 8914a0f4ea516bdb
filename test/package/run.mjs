import { spawnSync } from 'node:child_process';

/** Runs a command and gives what it printed. @throws Error with everything that it said */
export const run = (...call) => outputOf(...call).stdout;

/** The same, with what it printed to stderr. */
export function outputOf(cwd, command, args, env = {}) {
  const { status, signal, error, stdout, stderr } = end(cwd, command, args, env);
  if (status === 0) return { stdout, stderr };
  throw new Error(
    `${command} ${args.join(' ')} failed in ${cwd} (${signal ?? error?.message ?? status}):\n${stdout}${stderr}`,
  );
}

/** How a command ends that may fail. After `timeout` ms it is killed, with a signal and no status. */
export function end(cwd, command, args, env = {}, timeout = undefined) {
  return spawnSync(command, args, {
    ...{ cwd, timeout, encoding: 'utf8', maxBuffer: 2 ** 26, killSignal: 'SIGKILL' },
    env: { ...process.env, ...env },
  });
}
