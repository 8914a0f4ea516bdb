import { OtpService } from '../../index.js';
import { onlyWord } from '../command.js';
import type { Answer, Command, Given } from '../command.js';

export const eraseCommand: Command = {
  name: 'erase',
  usage: '<mobile>',
  about: 'Removes what identifies a person from every OTP of a number. It cannot be undone.',
  async run(given: Given): Promise<Answer> {
    const mobile = onlyWord(given, 'number');
    const { service } = await given.open();
    const erased = await service(OtpService).erase(mobile);
    return { value: { erased }, text: `OTPs erased: ${erased}.` };
  },
};
