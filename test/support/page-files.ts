import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { specWith, stepsOf } from '../package/pages.mjs';

/** Writes the TypeScript of pages that are followed one after the other; gives the paths of their specs. */
export function writePages(folder: string, ...pages: string[]): string[] {
  const specs: string[] = [];
  for (const { mark, file, language, text } of pages.flatMap(stepsOf)) {
    if (mark === 'run' || language !== 'ts') continue;
    const path = mark === 'recipe' ? specs.at(-1)! : join(folder, file);
    mkdirSync(dirname(path), { recursive: true });
    if (mark === 'recipe') writeFileSync(path, text, { flag: 'a' });
    else writeFileSync(path, mark === 'test' ? specWith(generatedSpec(file), text) : text);
    if (mark === 'test') specs.push(path);
  }
  return specs;
}

/** The imports of the spec that `npx nest generate controller` makes. */
export function generatedSpec(file: string): string {
  const controller = basename(file, '.spec.ts');
  const name = controller.split('.')[0]!;
  const type = `${name[0]!.toUpperCase()}${name.slice(1)}Controller`;
  return [
    "import { Test, TestingModule } from '@nestjs/testing';\n",
    `import { ${type} } from './${controller}.js';\n`,
  ].join('');
}
