import type { ApiRouteOptions } from './api-route.decorator.js';

/** The webhook as an OpenAPI document shows it, if the app asks for that. */
export const WEBHOOK_ROUTE: ApiRouteOptions = {
  summary: 'Takes delivery reports of ANTS.',
  success: {
    200: { description: 'The reports were taken, or were known already.' },
    404: { description: 'Whoever may not report, and the report of an OTP that is gone.' },
  },
  errors: ['invalid_report', 'report_too_slow', 'report_encoding', 'report_too_large'],
  parameters: [
    {
      in: 'path',
      name: 'token',
      description: 'From the `notifyUrl` of the SMS.',
      required: true,
      schema: { type: 'string' },
    },
  ],
};
