import { OtpPrivacy } from '../../index.js';
import type { Answer, Command, Given } from '../command.js';

export const rekeyCommand: Command = {
  name: 'rekey',
  usage: '',
  about:
    'Takes what is stored to the newest look-up secret, while sends are paused. Killed, it goes on when run again.',
  async run(given: Given): Promise<Answer> {
    const { service } = await given.open();
    const done = await service(OtpPrivacy).rekey();
    const { otps, limits, left } = done;
    const text = `OTPs rekeyed: ${otps}; limits: ${limits}; OTPs left: ${left}.`;
    return { value: done, text, failed: left > 0 };
  },
};
