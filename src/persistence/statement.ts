/** A statement with its values, as the driver takes them. */
export interface Query {
  text: string;
  values: unknown[];
}

/** A statement that takes its values by name. */
export type Statement<Values extends object> = (values: Values) => Query;

/** Reads `$name` in a text as the value of that name. The same name is one parameter. */
export function statement(text: string): Statement<object> {
  const names: string[] = [];
  const numbered = text.replace(/\$([A-Za-z]\w*)/g, (_, name: string) => {
    if (!names.includes(name)) names.push(name);
    return `$${names.indexOf(name) + 1}`;
  });
  return (values) => ({
    text: numbered,
    values: names.map((name) => (values as Record<string, unknown>)[name]),
  });
}
