import { OtpService } from '../../index.js';
import { onlyWord } from '../command.js';
import type { Answer, Command, Given } from '../command.js';

export const explainCommand: Command = {
  name: 'explain',
  usage: '<id> [--thai]',
  about: 'Tells what happened to one OTP and what its customer can do now.',
  flags: { thai: 'boolean' },
  async run(given: Given): Promise<Answer> {
    const id = onlyWord(given, 'id of an OTP');
    const { service } = await given.open();
    const told = await service(OtpService).explain(id);
    const language = given.flags['thai'] ? 'th' : 'en';
    const lines = told.lines.map((line) => `${line.at.toISOString()}  ${line[language]}`);
    const head = `${told.mobileMask}: ${told.summary[language]}`;
    return { value: told, text: [head, '', ...lines].join('\n') };
  },
};
