import { showField } from './swagger-metadata.js';
import type { Schema } from './swagger-metadata.js';

/** Shows a field of a body in the app's OpenAPI document. */
export function ApiField(schema: Schema & { required?: boolean }): PropertyDecorator {
  return (prototype, name) => {
    showField(prototype, String(name), schema);
  };
}
