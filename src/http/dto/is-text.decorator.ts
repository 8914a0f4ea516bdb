import { ValidateBy } from 'class-validator';
import { textComplaint } from '../../domain/complaints.js';

/** A text of at most so many characters; the pipe of the routes complains in the reader's language. */
export function IsText(max: number): PropertyDecorator {
  return ValidateBy(
    {
      name: 'isText',
      validator: {
        validate: (value: unknown) => typeof value === 'string' && value.length <= max,
        defaultMessage: (args) => textComplaint(args?.property ?? '', max).en,
      },
    },
    { context: { max } },
  );
}
