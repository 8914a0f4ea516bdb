import type { OtpModuleExtras } from '../otp.module-definition.js';
import { group, oneOf, text } from './checks.js';
import { fail } from './config-error.js';

interface Paths {
  webhook: string;
  /** `null`: no ready routes. */
  routes: string | null;
}

/**
 * Where the module's routes stand.
 *
 * @param root path of the module's own routes, such as `otp`
 * @throws OtpConfigError for what cannot stand beside the options
 */
export function routePaths(extras: OtpModuleExtras, root: string): Paths {
  oneOf('isGlobal', extras.isGlobal ?? true, [true, false]);
  if (extras.dataSource !== undefined) text('dataSource', extras.dataSource);
  const { path = `${root}/delivery-reports` } = group('webhook', extras.webhook);
  return { webhook: routePath('webhook.path', path), routes: readyPath(extras.routes, root) };
}

function readyPath(given: OtpModuleExtras['routes'], root: string): string | null {
  if (given === true) return root;
  if (given === false || given === undefined) return null;
  return routePath('routes.path', group('routes', given, 'true, false or { path }').path);
}

/** Nest would mount a path with a blank, and no request would reach it. */
function routePath(option: string, given: unknown): string {
  const path = text(option, given).replace(/^\/+|\/+$/g, '');
  if (!/^[^\s?#]+$/.test(path)) fail(option, given, 'a path without blanks, "?" and "#"');
  return path;
}
