/** The name of a module that was given none. */
export const DEFAULT_INSTANCE = 'default';

/** The name of the module that a provider belongs to: the token to inject it by. */
export class InstanceName {
  constructor(readonly value: string) {}
}
