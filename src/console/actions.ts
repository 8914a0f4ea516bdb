import { words } from '../domain/words.js';
import type { Words } from '../domain/words.js';
import type { OperatorActionName } from '../domain/operator-action.js';

/** What a button says, what happens when it is pressed, and what is said once it has. */
export interface ActionWords {
  name: Words;
  about: Words;
  done: Words;
}

export const ACTION_WORDS: Record<OperatorActionName, ActionWords> = {
  cancel: {
    name: words('Cancel this OTP', 'ยกเลิก OTP นี้'),
    about: words(
      'Its code is no longer accepted. The customer can ask for a new one after the cool-down.',
      'รหัสนี้จะใช้ไม่ได้อีก ลูกค้าขอรหัสใหม่ได้หลังจากพ้นเวลารอ',
    ),
    done: words('The OTP is canceled.', 'ยกเลิก OTP แล้ว'),
  },
  unlock: {
    name: words('Unlock the number', 'ปลดล็อกหมายเลข'),
    about: words(
      'The wrong codes of this number are forgotten, whoever entered them. Make sure that you speak to its owner.',
      'ระบบจะลืมรหัสผิดทั้งหมดของหมายเลขนี้ ไม่ว่าใครเป็นผู้กรอก โปรดตรวจสอบว่ากำลังคุยกับเจ้าของหมายเลข',
    ),
    done: words(
      'The number has no wrong codes any more, and is not locked.',
      'หมายเลขนี้ไม่มีรหัสผิดค้างอยู่ และไม่ถูกล็อก',
    ),
  },
  unblock: {
    name: words('Unblock', 'ปลดการระงับ'),
    about: words(
      'Numbers of this range get SMS again. The conversion guard leaves the range alone for an hour.',
      'หมายเลขในช่วงนี้จะได้รับ SMS อีกครั้ง ระบบจะไม่ระงับช่วงนี้อีกเป็นเวลาหนึ่งชั่วโมง',
    ),
    done: words('The range is not stopped.', 'ช่วงหมายเลขนี้ไม่ถูกระงับแล้ว'),
  },
  erase: {
    name: words('Erase the person', 'ลบข้อมูลบุคคล'),
    about: words(
      'What identifies the person is removed from every OTP of this number. It cannot be undone.',
      'ข้อมูลที่ระบุตัวบุคคลจะถูกลบออกจาก OTP ทั้งหมดของหมายเลขนี้ และเรียกคืนไม่ได้',
    ),
    done: words('What identified the person is erased.', 'ลบข้อมูลที่ระบุตัวบุคคลแล้ว'),
  },
  unmask: {
    name: words('Show the whole number', 'แสดงหมายเลขเต็ม'),
    about: words('It is written down that you saw it.', 'ระบบจะบันทึกว่าคุณได้ดูหมายเลขนี้'),
    done: words('The whole number was shown.', 'แสดงหมายเลขเต็มแล้ว'),
  },
};

/** What can be done to one OTP behind `actGuards`. */
export const OTP_ACTIONS = ['cancel', 'unlock', 'erase'] as const;
export type OtpActionName = (typeof OTP_ACTIONS)[number];

/** What the page that an action leads to says of it. */
export function doneOf(name: unknown): Words | null {
  const known = typeof name === 'string' && Object.hasOwn(ACTION_WORDS, name);
  return known ? ACTION_WORDS[name as OperatorActionName].done : null;
}
