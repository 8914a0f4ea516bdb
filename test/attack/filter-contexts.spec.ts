import { describe, expect, it } from '@jest/globals';
import type { ArgumentsHost } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { OtpException, OtpLanguages, OtpSettings } from 'nestjs-ants-otp';
import { isObservable, lastValueFrom } from 'rxjs';
import type { Observable } from 'rxjs';
import { OtpExceptionFilter } from '../../src/http/otp-exception.filter.js';
import { SECRET } from '../support/app.js';

describe('the exception filter outside of HTTP', () => {
  const settings = new OtpSettings({ username: 'u', password: 'p', otcId: 'o', secret: SECRET });
  const filter = new OtpExceptionFilter(new HttpAdapterHost(), new OtpLanguages(settings));
  const hostOf = (type: string, args: unknown[]): ArgumentsHost => {
    const host = new ExecutionContextHost(args);
    host.setType(type);
    return host;
  };

  it('hands a microservice the error as an Observable, or the caller waits for ever', async () => {
    const host = hostOf('rpc', [{}]);
    const exception = new OtpException({ code: 'wrong_code' });
    const loose: { catch(error: unknown, at: ArgumentsHost): unknown } = filter;
    const answer = loose.catch(exception, host);
    expect(isObservable(answer)).toBe(true);
    await expect(lastValueFrom(answer as Observable<unknown>)).rejects.toBe(exception);
  });

  it("throws what GraphQL servers read, with Apollo's status", () => {
    const exception = new OtpException({ code: 'cooldown', retryAfter: 60 });
    const host = hostOf('graphql', [{}, {}, { req: { headers: {} } }, {}]);
    let thrown: unknown;
    try {
      filter.catch(exception, host);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ message: exception.message, cause: exception });
    expect(thrown).toHaveProperty('extensions', {
      ...{ code: 'cooldown', statusCode: 429, retryAfter: 60 },
      http: { status: 429 },
    });
  });

  it('emits to a client of Socket.IO, which has no `readyState`', () => {
    const emitted: unknown[] = [];
    const client = { emit: (...event: unknown[]) => emitted.push(event), send: () => undefined };
    filter.catch(new OtpException({ code: 'wrong_code' }), hostOf('ws', [client, {}, 'login']));
    expect(emitted).toEqual([
      [
        'exception',
        {
          ...{ status: 'error', statusCode: 422, code: 'wrong_code' },
          ...{ message: 'The code is wrong.', cause: { pattern: 'login' } },
        },
      ],
    ]);
  });

  it('passes on what comes from a context it does not know', () => {
    const exception = new OtpException({ code: 'wrong_code' });
    expect(() => filter.catch(exception, hostOf('telegram', []))).toThrow(exception);
  });
});
