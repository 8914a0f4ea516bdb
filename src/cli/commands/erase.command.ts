import { onlyWord } from '../command.js';
import type { Answer, Command, Given } from '../command.js';

export const eraseCommand: Command = {
  name: 'erase',
  usage: '<mobile>',
  about: 'Removes what identifies a person from every OTP of a number. It cannot be undone.',
  async run(given: Given): Promise<Answer> {
    const mobile = onlyWord(given, 'number');
    const { app, library } = await given.open();
    const erased = await app.get(library.OtpService, { strict: false }).erase(mobile);
    return { value: { erased }, text: `OTPs erased: ${erased}.` };
  },
};
