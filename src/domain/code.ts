import { foldThaiDigits } from './mobile.js';

/**
 * Reads a one-time code as a person types it: Thai digits, spaces and hyphens between digits are accepted.
 *
 * @returns 4 to 10 ASCII digits, or `null`
 */
export function parseCode(input: string): string | null {
  if (input.length > 32) return null;
  const code = foldThaiDigits(input.normalize('NFKC')).replace(/[\s-]/g, '');
  return /^\d{4,10}$/.test(code) ? code : null;
}
