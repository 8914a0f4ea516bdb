import { OtpService } from '../../index.js';
import type { OtpSearch, OtpView } from '../../index.js';
import { UsageError } from '../command.js';
import type { Answer, Command, Given } from '../command.js';
import { tableOf } from '../table.js';

const KEYS = ['mobile', 'referenceCode', 'otpId', 'messageId', 'callbackData', 'subject'];

export const findCommand: Command = {
  name: 'find',
  usage: '<key>=<value>',
  about: `Lists the newest 50 OTPs by one of ${KEYS.join(', ')}.`,
  async run(given: Given): Promise<Answer> {
    const search = searchOf(given.words);
    const { service } = await given.open();
    const found = await service(OtpService).find(search);
    return { value: found, text: found.length === 0 ? 'None.' : tableOf(found.map(rowOf)) };
  },
};

function searchOf([word = '', ...more]: readonly string[]): OtpSearch {
  const [, key = '', value = ''] = /^(\w+)=(.+)$/s.exec(word) ?? [];
  if (!KEYS.includes(key) || more.length > 0)
    throw new UsageError(`It takes one key and its value, such as mobile=0812345678.`);
  return { [key]: value } as unknown as OtpSearch;
}

const rowOf = (view: OtpView): Record<string, string> => ({
  id: view.id,
  created: view.createdAt.toISOString(),
  purpose: view.purpose,
  number: view.mobileMask,
  status: view.status,
  delivery: view.delivery,
  ref: view.referenceCode ?? '',
});
