import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Declares the tests of every `*.cases.ts` of a folder in one Jest file: Nest and TypeORM are loaded once
 * for all of them. Hooks outside of a `describe` run for the whole folder.
 */
export async function importCases(folder: string): Promise<void> {
  const files = readdirSync(folder).filter((file) => file.endsWith('.cases.ts'));
  for (const file of files.sort()) await import(join(folder, file));
}
