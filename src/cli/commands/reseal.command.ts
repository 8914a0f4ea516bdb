import { OtpPrivacy } from '../../index.js';
import type { Answer, Command, Given } from '../command.js';

export const resealCommand: Command = {
  name: 'reseal',
  usage: '',
  about:
    'Seals the numbers of older rows with the newest secret. Killed, it goes on when run again.',
  async run(given: Given): Promise<Answer> {
    const { service } = await given.open();
    const done = await service(OtpPrivacy).reseal();
    const { resealed, unopened } = done;
    const text = `Numbers resealed: ${resealed}; that no secret of the ring opens: ${unopened}.`;
    return { value: done, text, failed: unopened > 0 };
  },
};
