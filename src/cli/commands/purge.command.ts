import { OtpSweeper } from '../../index.js';
import type { Answer, Command, Given } from '../command.js';

export const purgeCommand: Command = {
  name: 'purge',
  usage: '',
  about: 'Deletes what is past its retention, as each process does once an hour.',
  async run(given: Given): Promise<Answer> {
    const { service } = await given.open();
    const done = await service(OtpSweeper).purge();
    const { otps, history, limits } = done;
    const text = `OTPs deleted: ${otps}; lines of history: ${history}; limits: ${limits}.`;
    return { value: done, text };
  },
};
