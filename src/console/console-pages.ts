import { Inject, Injectable } from '@nestjs/common';
import type { AdapterResponse } from '../http/raw-response.js';
import { isOtpException } from '../service/otp.exception.js';
import type { OtpLanguages } from '../service/otp-languages.js';
import { answerElsewhere, answerPage } from './answer.js';
import { errorPage } from './error-page.js';
import { Html } from './html.js';
import { placeOf } from './place.js';
import type { ConsoleRequest, Place } from './place.js';

/** The token of the languages of the module that the console shows. */
export const CONSOLE_LANGUAGES = Symbol('nestjs-ants-otp:console-languages');

/** One exchange with a browser. */
export interface Exchange {
  request: ConsoleRequest;
  response: AdapterResponse;
  /** How many segments the route has below the console's path. */
  depth: number;
}

/** Answers with pages, also where the service refuses. Other faults stay the app's to answer. */
@Injectable()
export class ConsolePages {
  constructor(@Inject(CONSOLE_LANGUAGES) private readonly languages: OtpLanguages) {}

  /** @param make gives a page, or where the page is */
  async answer(
    { request, response, depth }: Exchange,
    make: (place: Place) => Html | string | Promise<Html | string>,
  ): Promise<void> {
    const place = placeOf(request, depth, this.languages);
    try {
      const made = await make(place);
      if (made instanceof Html) answerPage(response, made);
      else answerElsewhere(response, made);
    } catch (error) {
      if (!isOtpException(error)) throw error;
      answerPage(response, errorPage(place, error), error.getStatus());
    }
  }
}
