import type { INestApplicationContext, Type } from '@nestjs/common';

/** What a command answers: a value for programs, its text for people. */
export interface Answer {
  value: unknown;
  text: string;
  /** The exit status is then 1, and nothing went wrong with the command itself. */
  failed?: boolean;
}

/** The app that a command works on. */
export interface OpenedApp {
  app: INestApplicationContext;
  /** A service of the module that `--instance` names. */
  readonly service: <T>(type: Type<T>) => T;
}

/** The rest of the command line, read. */
export interface Given {
  /** What stands after the command's name. */
  words: string[];
  flags: Readonly<Record<string, string | boolean | undefined>>;
  /** Opens the app on first use; it is closed after the command. */
  open(): Promise<OpenedApp>;
}

export interface Command {
  name: string;
  /** As the help shows it, such as `<mobile> [--purpose <name>]`. */
  usage: string;
  about: string;
  flags?: Readonly<Record<string, 'string' | 'boolean'>>;
  /** It works without an app, and takes neither `--app` nor `--instance`. */
  standsAlone?: true;
  run(given: Given): Promise<Answer>;
}

/** The command line is not as it should be; the message says how. */
export class UsageError extends Error {}

/** The only word that a command takes. */
export function onlyWord({ words }: Given, what: string): string {
  const [word, ...more] = words;
  if (word === undefined || more.length > 0) throw new UsageError(`It takes exactly one ${what}.`);
  return word;
}
