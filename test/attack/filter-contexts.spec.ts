import { describe, expect, it } from '@jest/globals';
import type { ArgumentsHost } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { OtpException, OtpSettings } from 'nestjs-ants-otp';
import { isObservable, lastValueFrom } from 'rxjs';
import type { Observable } from 'rxjs';
import { OtpExceptionFilter } from '../../src/http/otp-exception.filter.js';
import { SECRET } from '../support/app.js';

describe('the exception filter outside of HTTP', () => {
  it('hands a microservice the error as an Observable, or the caller waits for ever', async () => {
    const settings = new OtpSettings({ username: 'u', password: 'p', otcId: 'o', secret: SECRET });
    const filter = new OtpExceptionFilter(new HttpAdapterHost(), settings);
    const host = new ExecutionContextHost([{}]);
    host.setType('rpc');
    const exception = new OtpException({ code: 'wrong_code' });
    const loose: { catch(error: unknown, at: ArgumentsHost): unknown } = filter;
    const answer = loose.catch(exception, host);
    expect(isObservable(answer)).toBe(true);
    await expect(lastValueFrom(answer as Observable<unknown>)).rejects.toBe(exception);
  });
});
