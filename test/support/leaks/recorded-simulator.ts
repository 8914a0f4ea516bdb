import { AntsSimulator } from 'nestjs-ants-otp/testing';
import type { AntsSimulatorOptions } from 'nestjs-ants-otp/testing';
import { noteSecret } from './run-record.js';

/**
 * A simulated ANTS whose SMS the leak check knows. Its codes have ten digits: one that stands in a log is
 * there by no accident.
 */
export function recordedSimulator(options: AntsSimulatorOptions = {}): AntsSimulator {
  return new AntsSimulator({
    codeLength: 10,
    ...options,
    onSms(sms) {
      noteSecret('code', sms.code);
      noteSecret('SMS text', sms.text);
      noteSecret('number', sms.to);
      if (sms.notifyUrl !== undefined)
        noteSecret('webhook token', new URL(sms.notifyUrl).pathname.split('/').at(-1));
      options.onSms?.(sms);
    },
  });
}
