import { applyDecorators } from '@nestjs/common';
import { ValidateBy } from 'class-validator';
import { textComplaint } from '../../domain/complaints.js';
import { ApiField } from '../openapi/api-field.decorator.js';

/**
 * A text of at most so many characters, checked and shown in the app's OpenAPI document. The pipe of the
 * routes complains in the reader's language.
 */
export function TextField(
  max: number,
  shown: { description?: string; example?: string; required?: false } = {},
): PropertyDecorator {
  return applyDecorators(
    ApiField({ type: 'string', maxLength: max, ...shown }),
    ValidateBy(
      {
        name: 'textField',
        validator: {
          validate: (value: unknown) => typeof value === 'string' && value.length <= max,
          defaultMessage: (args) => textComplaint(args?.property ?? '', max).en,
        },
      },
      { context: { max } },
    ),
  );
}
