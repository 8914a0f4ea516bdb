import { Validator } from '@seriousme/openapi-schema-validator';
import type { OpenAPIObject } from '@nestjs/swagger';
import { Ajv } from 'ajv';
import type { ErrorObject } from 'ajv';
import formats from 'ajv-formats';

/** What is wrong with a document by the schema of its version of OpenAPI. */
export async function documentErrors(document: OpenAPIObject): Promise<unknown> {
  const { valid, errors } = await new Validator().validate({ ...structuredClone(document) });
  return valid ? [] : errors;
}

/** What is wrong with a real answer by a document. An answer that the document does not name is wrong. */
export class AnswerCheck {
  private readonly ajv = new Ajv({ strict: false, allErrors: true });

  constructor(private readonly document: OpenAPIObject) {
    formats.default(this.ajv);
    this.ajv.addSchema(document, 'document');
  }

  errorsOf(
    method: 'get' | 'post',
    path: string,
    status: number,
    body: unknown,
  ): Partial<ErrorObject>[] {
    const answer = `/paths/${pointer(path)}/${method}/responses/${status}`;
    const named = this.document.paths[path]?.[method]?.responses[status];
    if (!named) return [{ message: `The document has no ${answer}.` }];
    const check = this.ajv.getSchema(`document#${answer}/content/application~1json/schema`);
    if (!check) return [{ message: `${answer} has no schema.` }];
    return check(body) ? [] : (check.errors ?? []);
  }
}

const pointer = (path: string): string =>
  encodeURI(path.replaceAll('~', '~0').replaceAll('/', '~1'));
