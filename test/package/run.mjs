import { execFileSync } from 'node:child_process';

/** Runs a command and gives what it printed. @throws Error with everything that it said */
export function run(cwd, command, args, env = {}) {
  try {
    return execFileSync(command, args, {
      ...{ cwd, encoding: 'utf8', maxBuffer: 2 ** 26, stdio: 'pipe' },
      env: { ...process.env, ...env },
    });
  } catch (error) {
    const said = `${error.stdout ?? ''}${error.stderr ?? error}`;
    // Node would print the whole output once more.
    error.output = error.stdout = error.stderr = undefined;
    throw new Error(`${command} ${args.join(' ')} failed in ${cwd}:\n${said}`, { cause: error });
  }
}
