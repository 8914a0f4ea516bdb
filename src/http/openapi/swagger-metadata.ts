/**
 * The metadata that `@nestjs/swagger` (11 and 12) reads, under its own keys. Its decorators only write
 * these, so an app that has it is shown everything, and an app without it loads nothing.
 */
const KEYS = {
  operation: 'swagger/apiOperation',
  responses: 'swagger/apiResponse',
  parameters: 'swagger/apiParameters',
  models: 'swagger/apiExtraModels',
  excluded: 'swagger/apiExcludeController',
  fields: 'swagger/apiModelPropertiesArray',
  field: 'swagger/apiModelProperties',
} as const;

/** A schema of OpenAPI 3.0, as far as it is needed here. */
export interface Schema {
  type?: 'string' | 'integer' | 'boolean' | 'object';
  format?: string;
  description?: string;
  example?: unknown;
  enum?: readonly unknown[];
  maxLength?: number;
  minimum?: number;
  nullable?: boolean;
  $ref?: string;
  allOf?: readonly Schema[];
  anyOf?: readonly Schema[];
  properties?: Readonly<Record<string, Schema>>;
}

/** Tells a proof from other parameters. */
export const PROOF_MARK = 'x-otp-proof-parameter';

/** A parameter of a route. */
export interface Parameter {
  in: 'header' | 'cookie' | 'path';
  name: string;
  description: string;
  required: boolean;
  schema: Schema;
  [PROOF_MARK]?: true;
}

/** One answer of a route: a body by its class or by its schema, or one of another media type. */
export interface Response {
  description: string;
  type?: abstract new () => object;
  schema?: Schema;
  content?: Readonly<Record<string, { schema: Schema }>>;
  headers?: Readonly<Record<string, { description: string; schema: Schema }>>;
}

export type Responses = Readonly<Record<number, Response>>;

/** The reference to a class that is shown as a schema. */
export const schemaOf = ({ name }: { name: string }): Schema => ({
  $ref: `#/components/schemas/${name}`,
});

export function showOperation(method: object, summary: string): void {
  Reflect.defineMetadata(KEYS.operation, { summary }, method);
}

/** What the app itself says of an answer goes before. */
export function showResponses(method: object, responses: Responses): void {
  const said = Reflect.getMetadata(KEYS.responses, method) as Responses | undefined;
  Reflect.defineMetadata(KEYS.responses, { ...responses, ...said }, method);
}

export function showsResponses(method: object): boolean {
  return Reflect.hasMetadata(KEYS.responses, method);
}

/** As above. */
export function showParameters(method: object, parameters: readonly Parameter[]): void {
  const said = (Reflect.getMetadata(KEYS.parameters, method) ?? []) as Parameter[];
  const missing = parameters.filter(
    (one) => !said.some((other) => other.in === one.in && sameName(other, one)),
  );
  Reflect.defineMetadata(KEYS.parameters, [...said, ...missing], method);
}

/** Schemas that others refer to. */
export function showModels(target: object, models: readonly object[]): void {
  const said = (Reflect.getMetadata(KEYS.models, target) ?? []) as object[];
  Reflect.defineMetadata(KEYS.models, [...said, ...models], target);
}

/** Shows nothing of a controller, unless the app itself has said that it wants to see it. */
export function hideController(controller: object): void {
  if (!Reflect.hasMetadata(KEYS.excluded, controller))
    Reflect.defineMetadata(KEYS.excluded, [true], controller);
}

/** What the app says of its own methods. */
const OWN = new WeakMap<object, readonly [key: string, value: unknown][]>();

/** Takes back what was added to a method for another app of this process, which may have other options. */
export function showAnew(method: object): void {
  const before = OWN.get(method);
  for (const [key, value] of before ?? []) {
    if (value === undefined) Reflect.deleteMetadata(key, method);
    else Reflect.defineMetadata(key, value, method);
  }
  if (before) return;
  const keys = [KEYS.responses, KEYS.parameters, KEYS.models];
  OWN.set(
    method,
    keys.map((key) => [key, Reflect.getMetadata(key, method)]),
  );
}

export function showField(prototype: object, name: string, field: object): void {
  const others = (Reflect.getMetadata(KEYS.fields, prototype) ?? []) as string[];
  Reflect.defineMetadata(KEYS.fields, [...others, `:${name}`], prototype);
  Reflect.defineMetadata(KEYS.field, field, prototype, name);
}

/** Names of headers have no case. */
const sameName = (a: Parameter, b: Parameter): boolean =>
  a.in === 'header' ? a.name.toLowerCase() === b.name.toLowerCase() : a.name === b.name;
