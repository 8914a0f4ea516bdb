import { OtpControls } from '../../index.js';
import { onlyWord } from '../command.js';
import type { Answer, Command, Given } from '../command.js';

export const unlockCommand: Command = {
  name: 'unlock',
  usage: '<mobile> [--purpose <name>]',
  about: 'Forgets the wrong codes of a number, so that it is no longer locked.',
  flags: { purpose: 'string' },
  async run(given: Given): Promise<Answer> {
    const mobile = onlyWord(given, 'number');
    const { purpose } = given.flags;
    const { service } = await given.open();
    const controls = service(OtpControls);
    const unlocked = await controls.unlock(mobile, purpose as string | undefined);
    const text = unlocked ? 'Its wrong codes are forgotten.' : 'It had no wrong codes.';
    return { value: { unlocked }, text };
  },
};
