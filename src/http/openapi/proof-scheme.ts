import { PROOF_MARK } from './swagger-metadata.js';
import type { Parameter } from './swagger-metadata.js';

type Security = Readonly<Record<string, string[]>>;
interface Operation {
  parameters?: unknown[];
  security?: Security[];
}
/** What is read and written of a document of OpenAPI 3. */
interface OpenApiDocument {
  paths: Record<string, unknown>;
  components?: { securitySchemes?: Record<string, unknown> };
  security?: Security[];
}

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

/**
 * Shows the proofs of marked routes as security schemes (type `apiKey`) instead of parameters: "Authorize"
 * of Swagger UI then asks for one. A route that has other schemes wants the proof as well.
 *
 * @param document of `SwaggerModule.createDocument`; it is changed
 * @returns the same document
 * @example
 * SwaggerModule.setup('docs', app, withOtpProofScheme(SwaggerModule.createDocument(app, config)));
 */
export function withOtpProofScheme<T extends OpenApiDocument>(document: T): T {
  for (const path of Object.values(document.paths) as Record<string, Operation | undefined>[])
    for (const method of METHODS) {
      const operation = path[method];
      if (operation) secure(operation, document);
    }
  return document;
}

function secure(operation: Operation, document: OpenApiDocument): void {
  const all = (operation.parameters ?? []) as (Parameter & object)[];
  const proof = all.find((parameter) => PROOF_MARK in parameter);
  if (!proof) return;
  operation.parameters = all.filter((parameter) => parameter !== proof);
  const { name, required } = proof;
  const others = operation.security ?? document.security ?? [{}];
  const both = others.map((other) => ({ ...other, [name]: [] }));
  operation.security = required ? both : [...others, ...both];
  document.components ??= {};
  document.components.securitySchemes ??= {};
  document.components.securitySchemes[name] = {
    type: 'apiKey',
    ...{ in: proof.in, name, description: 'The proof of a code that was entered right.' },
  };
}
