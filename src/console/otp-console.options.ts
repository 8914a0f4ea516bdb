import type { CanActivate, ModuleMetadata, Type } from '@nestjs/common';
import { checkNames } from '../options/check-names.js';
import { fail } from '../options/config-error.js';
import { consolePath } from './console-path.js';

/** What `OtpConsoleModule.forRoot` takes. */
export interface OtpConsoleOptions {
  /** Where the page stands, without the app's prefix, such as `ops/otp`. */
  path: string;
  /** Who may see it: guards of the app's own, at least one. All of them must let a request pass. */
  guards: readonly (CanActivate | Type<CanActivate>)[];
  /**
   * Who may act (cancel, unlock, unblock a range, erase): guards of the app's own, after `guards`. Without them
   * nothing can be changed.
   *
   * @default nobody
   */
  actGuards?: OtpConsoleOptions['guards'];
  /** Who may see a whole number: guards of the app's own, after `guards`. @default nobody */
  unmaskGuards?: OtpConsoleOptions['guards'];
  /**
   * Your own id of who sends a request, which stands beside all that is done: 1 to 64 characters; an id, for it is
   * kept when the OTP's person is erased. Whoever has none can do nothing. Wanted with `actGuards` and `unmaskGuards`.
   *
   * @param request as the adapter has it, past your guards
   */
  actor?: (request: never) => string | undefined;
  /** Modules that export what the guards inject. @default [] */
  imports?: ModuleMetadata['imports'];
  /** Which module it shows, as `OtpModule.forRoot({ name })` gave it. @default the one without a name */
  name?: string;
}

const NAMES: Record<keyof OtpConsoleOptions, null> = {
  path: null,
  guards: null,
  actGuards: null,
  unmaskGuards: null,
  actor: null,
  imports: null,
  name: null,
};

/**
 * The options, once they are sure to keep strangers out.
 *
 * @throws OtpConfigError naming the option
 */
export function checkedConsole(options: OtpConsoleOptions): OtpConsoleOptions {
  checkNames(options, NAMES, 'console.');
  const { path, guards, actGuards, unmaskGuards, actor } = options as Partial<OtpConsoleOptions>;
  checkGuards('guards', guards, 'for the console shows what happened to whom');
  if (actGuards !== undefined)
    checkGuards('actGuards', actGuards, 'or left out, so that nobody can act');
  if (unmaskGuards !== undefined)
    checkGuards('unmaskGuards', unmaskGuards, 'or left out, so that nobody sees a whole number');
  if ((actGuards ?? unmaskGuards) && typeof actor !== 'function')
    fail('console.actor', actor, 'a function that gives your id of who sends a request');
  return { ...options, path: consolePath(path) };
}

/** What an import in a circle left undefined would guard nothing. */
function checkGuards(name: string, guards: unknown, why: string): void {
  if (!Array.isArray(guards) || guards.length === 0 || !guards.every(isGuard))
    fail(`console.${name}`, guards, `a list of at least one guard of your own, ${why}`);
}

function isGuard(guard: unknown): boolean {
  const made = typeof guard === 'function' ? (guard.prototype as unknown) : guard;
  return typeof (made as Partial<CanActivate> | null | undefined)?.canActivate === 'function';
}
