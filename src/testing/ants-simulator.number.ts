import { SimulatorInputError } from './ants-simulator.checks.js';

/** Country code and trunk zero are optional, separators are gone: what is left are the nine national digits. */
const NUMBER = /^\+?(?:00)?(?:66)?0?(\d{9})$/;

/**
 * A test for "this number, in any spelling"; without a number every one is meant.
 *
 * @throws SimulatorInputError when it is no Thai number: part of one would find a stranger's SMS
 */
export function sameNumber(mobile: string | undefined): (wire: string) => boolean {
  if (mobile === undefined) return () => true;
  const [, national] = NUMBER.exec(mobile.replace(/[\s().-]/g, '')) ?? [];
  if (national === undefined)
    throw new SimulatorInputError(
      `"${mobile}" is no number: give all its digits, such as 0812345678 or 66812345678.`,
    );
  return (wire) => wire === `66${national}`;
}
