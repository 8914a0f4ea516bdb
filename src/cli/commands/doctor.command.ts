import { OtpDoctor } from '../../index.js';
import type { OtpFinding } from '../../index.js';
import type { Answer, Command, Given } from '../command.js';
import { tableOf } from '../table.js';

export const doctorCommand: Command = {
  name: 'doctor',
  usage: '',
  about: 'Looks whether all that the module needs is in order, and says what to mend.',
  async run(given: Given): Promise<Answer> {
    const { service } = await given.open();
    const findings = await service(OtpDoctor).examine();
    return {
      value: findings,
      text: tableOf(findings.map(rowOf)),
      failed: findings.some(({ state }) => state === 'failed'),
    };
  },
};

const rowOf = ({ check, state, says, fix }: OtpFinding): Record<string, string> => ({
  check,
  state,
  finding: fix === undefined ? says : `${says} ${fix}`,
});
