import { markRoute } from './route-mark.js';
import type { RouteMark } from './route-mark.js';

/**
 * Lets everybody pass an `OtpGuard` that stands before the whole app or class.
 *
 * @example
 * \@Controller('health') \@SkipOtp()
 */
export function SkipOtp(): RouteMark {
  return markRoute(null);
}
