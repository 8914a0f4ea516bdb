/** What becomes of a value on the wire: times are texts in ISO 8601 with a zone. */
export type AsJson<T> = { [K in keyof T]: Date extends T[K] ? string : T[K] };
