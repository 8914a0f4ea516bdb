import type { OtpProvider } from '../ports/otp-provider.js';

/** Values whose own names are not checked: everything but plain objects and lists. */
export type Whole =
  | string
  | number
  | boolean
  | bigint
  | symbol
  | null
  | undefined
  | Date
  | OtpProvider
  | ((...args: never[]) => unknown);

/**
 * `Known`, given as `T`, where a name that `Known` does not have, at any depth, is of a type that no value has: so it
 * does not compile. TypeScript by itself looks only at literals without a spread, and never at what a factory returns.
 */
export type OnlyKnown<T, Known> = T & Known & Checked<T, Known>;

type Checked<T, Known> = 0 extends 1 & T
  ? T
  : T extends Whole
    ? // An object with optional names alone would take `false` too.
      Extract<T, Known>
    : T extends readonly (infer Item)[]
      ? readonly Checked<Item, ItemOf<Known>>[]
      : [keyof ObjectOf<Known>] extends [never]
        ? T
        : {
            [K in keyof T]: K extends keyof ObjectOf<Known>
              ? Checked<T[K], ObjectOf<Known>[K]>
              : UnknownOption<K & string>;
          };

declare const noSuchOption: unique symbol;

/** No value has this type; its name stands in the compiler's message. */
interface UnknownOption<Name extends string> {
  readonly [noSuchOption]: Name;
}

type ObjectOf<Known> = Exclude<Known, Whole | readonly unknown[]>;
type ItemOf<Known> = Extract<Known, readonly unknown[]>[number];
