/** The name of an ask that names no purpose. */
export const DEFAULT_PURPOSE = 'default';
