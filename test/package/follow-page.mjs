import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { installLine, specWith, stepsOf } from './pages.mjs';
import { outputOf, run } from './run.mjs';

/** What npm says when versions do not fit each other. */
const UNFIT = /ERESOLVE|peer/i;

/** Installs by the page's own line, but from the tarball and with the given versions. */
export function installBy(page, folder, nest, tarball, versions = {}) {
  const line = installLine(page, nest).replace(' nestjs-ants-otp ', ` ${tarball} `);
  const chosen = line.split(' ').map((name) => versions[name] ?? name);
  npmInstall(folder, chosen.slice(2));
}

/** @throws Error when npm says that a peer does not fit */
export function npmInstall(folder, names) {
  const { stdout, stderr } = outputOf(folder, 'npm', [
    ...['install', '--no-audit', '--no-fund', ...names],
  ]);
  if (UNFIT.test(stdout + stderr))
    throw new Error(`npm install ${names.join(' ')} says in ${folder}:\n${stdout}${stderr}`);
}

/** Does what the page says, after the installation. Gives the files that it wrote. */
export function followPage(page, folder) {
  const written = [];
  for (const { mark, file, text } of stepsOf(page)) {
    if (mark === 'run') {
      run(folder, 'sh', ['-c', text]);
      continue;
    }
    if (mark === 'recipe') {
      // One more test of the spec above.
      appendFileSync(join(folder, written.at(-1)), `\n${text}`);
      continue;
    }
    const path = join(folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, mark === 'test' ? specWith(readFileSync(path, 'utf8'), text) : text);
    written.push(file);
  }
  return written;
}
