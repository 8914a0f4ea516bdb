import { OtpConfigError } from './config-error.js';
import { nearestName } from './nearest-name.js';
import type { Whole } from './only-known.js';

/**
 * What an option may hold. `null`: a value that is not checked further; `names`: an object with these names;
 * `each`: a list, or an object with names of the app's own, whose items are checked alike.
 */
export type Place = null | { readonly names: Names } | { readonly each: Place };

export interface Names {
  readonly [name: string]: Place;
}

/** The names of an interface at every depth, so that a new option cannot be left out. */
export type NamesOf<T> = { readonly [K in keyof T]-?: PlaceOf<Exclude<T[K], Whole>> };

type PlaceOf<T> = [T] extends [never]
  ? null
  : [keyof T] extends [never]
    ? null
    : T extends readonly (infer Item)[]
      ? PlaceOfList<Exclude<Item, Whole>>
      : string extends keyof T
        ? { readonly each: PlaceOf<Exclude<T[keyof T], Whole>> }
        : { readonly names: NamesOf<T> };

type PlaceOfList<Item> = [Item] extends [never] ? null : { readonly each: PlaceOf<Item> };

/** Where a name is valid, for the error about one that is not valid here: such as `in "proof"`. */
export type Homes = Readonly<Record<string, readonly string[]>>;

/**
 * Refuses names that are not known, at every depth. Class instances, such as an agent or a provider, may have
 * names of their own.
 *
 * @param at path of `given` with its last dot, such as `proof.`; empty for the options themselves
 * @throws OtpConfigError naming the option and the one that was probably meant
 */
export function checkNames(given: unknown, names: Names, at = '', homes: Homes = {}): void {
  if (!isPlainObject(given)) return;
  for (const [name, value] of Object.entries(given)) {
    const place = Object.hasOwn(names, name) ? names[name] : undefined;
    if (place === undefined) throw unknownName(name, names, at, homes);
    checkPlace(value, place, `${at}${name}`, homes);
  }
}

function checkPlace(value: unknown, place: Place, at: string, homes: Homes): void {
  if (place === null) return;
  if ('names' in place) checkNames(value, place.names, `${at}.`, homes);
  else if (Array.isArray(value))
    for (const [i, item] of value.entries()) checkPlace(item, place.each, `${at}[${i}]`, homes);
  else if (isPlainObject(value))
    for (const [name, item] of Object.entries(value))
      checkPlace(item, place.each, `${at}.${name}`, homes);
}

/** Also one of another realm, as Jest's are. */
function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function unknownName(name: string, names: Names, at: string, homes: Homes): OtpConfigError {
  const option = `${at}${name.slice(0, 64)}`;
  return new OtpConfigError(
    option,
    `there is no option "${option}"${advice(name, Object.keys(names), at, homes)}`,
  );
}

function advice(name: string, siblings: string[], at: string, homes: Homes): string {
  const whereIs = (other: string): string => (homes[other] ?? []).join(' or ');
  if (Object.hasOwn(homes, name)) return `; "${name}" belongs ${whereIs(name)}.`;
  const sibling = nearestName(name, siblings);
  if (sibling !== null) return `; did you mean "${at}${sibling}"?`;
  const other = nearestName(name, Object.keys(homes));
  return other === null
    ? `; see docs/options.md. Known here: ${siblings.join(', ')}.`
    : `; did you mean "${other}", which belongs ${whereIs(other)}?`;
}

/** The places of each name, as `Homes` says them. */
export function homesOf(names: Names, top: string, at = ''): Record<string, string[]> {
  const homes: Record<string, string[]> = {};
  const add = (name: string, where: readonly string[]): void => {
    homes[name] = [...(Object.hasOwn(homes, name) ? (homes[name] ?? []) : []), ...where];
  };
  for (const [name, place] of Object.entries(names)) {
    add(name, [at === '' ? top : `in "${at}"`]);
    const path = at === '' ? name : `${at}.${name}`;
    if (place !== null && 'names' in place)
      for (const [inner, where] of Object.entries(homesOf(place.names, top, path)))
        add(inner, where);
  }
  return homes;
}
