import type { CanActivate, ModuleMetadata, Type } from '@nestjs/common';
import { fail } from '../options/config-error.js';
import { consolePath } from './console-path.js';

/** What `OtpConsoleModule.forRoot` takes. */
export interface OtpConsoleOptions {
  /** Where the page stands, without the app's prefix, such as `ops/otp`. */
  path: string;
  /** Who may see it: guards of the app's own, at least one. All of them must let a request pass. */
  guards: readonly (CanActivate | Type<CanActivate>)[];
  /** Modules that export what the guards inject. @default [] */
  imports?: ModuleMetadata['imports'];
  /** Which module it shows, as `OtpModule.forRoot({ name })` gave it. @default the one without a name */
  name?: string;
}

/**
 * The options, once they are sure to keep strangers out.
 *
 * @throws OtpConfigError naming the option
 */
export function checkedConsole(options: OtpConsoleOptions): OtpConsoleOptions {
  const { path, guards } = options as Partial<OtpConsoleOptions>;
  // What an import in a circle left undefined would guard nothing.
  if (!Array.isArray(guards) || guards.length === 0 || !guards.every(isGuard))
    fail(
      'console.guards',
      guards,
      'a list of at least one guard of your own, for the console shows what happened to whom',
    );
  return { ...options, path: consolePath(path) };
}

function isGuard(guard: unknown): boolean {
  const made = typeof guard === 'function' ? (guard.prototype as unknown) : guard;
  return typeof (made as Partial<CanActivate> | null | undefined)?.canActivate === 'function';
}
