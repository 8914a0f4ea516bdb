import { ValidationPipe } from '@nestjs/common';
import type { ValidationError } from '@nestjs/common';
import { textComplaint, unknownFieldComplaint } from '../domain/complaints.js';
import { words } from '../domain/words.js';
import type { Words } from '../domain/words.js';
import { OtpException } from '../service/otp.exception.js';

/** Checks the bodies of the ready routes by their DTOs; what it complains of is said in both languages. */
export const bodyPipe = (): ValidationPipe =>
  new ValidationPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    transform: true,
    exceptionFactory: (errors: ValidationError[]) =>
      new OtpException({ code: 'invalid_request', detail: complaintOf(errors) }),
  });

/** `undefined`: the body as a whole is no object of fields, and the code's own sentence will do. */
function complaintOf(errors: ValidationError[]): Words | undefined {
  const complaints = errors.flatMap(({ property, constraints = {}, contexts }) => {
    if ('whitelistValidation' in constraints) return [unknownFieldComplaint(property)];
    const { max } = (contexts?.['textField'] ?? {}) as { max?: number };
    return max === undefined ? [] : [textComplaint(property, max)];
  });
  if (complaints.length === 0) return undefined;
  return words(complaints.map(({ en }) => en).join(' '), complaints.map(({ th }) => th).join(' '));
}
