import type { Language } from './language.js';

/** What the pages say themselves; what is said of an OTP and its refusals comes from the module. */
export interface LoginWords {
  brand: string;
  other: { language: Language; name: string };
  error: string;
  number: { title: string; lead: string; label: string; send: string };
  code: {
    title: string;
    /** Before the masked number. */
    sentTo: string;
    change: string;
    label: string;
    ref: string;
    hint: string;
    enter: string;
    resend: string;
    /** With the time left in place of `{wait}`. */
    resendIn: string;
    restart: string;
    ended: string;
    left: (tries: number) => string;
  };
  news: Record<'on_its_way' | 'sent' | 'delivered' | 'undelivered', string>;
  account: { title: string; lead: string; number: string; only: string; signOut: string };
  phone: {
    title: string;
    messages: string;
    empty: string;
    unreachable: string;
    now: string;
    copy: string;
    copied: string;
    refresh: string;
    lead: string;
    tries: { arrives: string; lost: string; late: string };
  };
}

const en: LoginWords = {
  brand: 'Example app',
  other: { language: 'th', name: 'ภาษาไทย' },
  error: 'Error',
  number: {
    title: 'Sign in',
    lead: 'We send a code to your mobile number by SMS. No password needed.',
    label: 'Mobile number',
    send: 'Send me a code',
  },
  code: {
    title: 'Enter your code',
    sentTo: 'Sent to',
    change: 'Change number',
    label: 'Code from the SMS',
    ref: 'Ref',
    hint: 'Compare the Ref with the SMS.',
    enter: 'Sign in',
    resend: 'Send the SMS again',
    resendIn: 'Send again in {wait}',
    restart: 'Ask for a new code',
    ended: 'This code cannot be used',
    left: (tries) => (tries === 1 ? '1 try left' : `${tries} tries left`),
  },
  news: {
    on_its_way: 'The SMS is on its way …',
    sent: 'The SMS was sent.',
    delivered: 'SMS delivered. Check your messages.',
    undelivered: 'The SMS could not be delivered. Send it again.',
  },
  account: {
    title: 'You are signed in',
    lead: 'The code was right: this number is yours.',
    number: 'Mobile number',
    only: 'This page is protected. Without a session it leads back to the login.',
    signOut: 'Sign out',
  },
  phone: {
    title: 'Simulated phone',
    messages: 'Messages',
    empty: 'No messages yet',
    unreachable: 'No signal',
    now: 'now',
    copy: 'Copy code',
    copied: 'Copied',
    refresh: 'Show new messages',
    lead: 'ANTS is simulated and no SMS leaves. Any Thai mobile number works, or try one of these:',
    tries: { arrives: 'arrives', lost: 'is not delivered', late: 'is reported late' },
  },
};

const th: LoginWords = {
  brand: 'แอปตัวอย่าง',
  other: { language: 'en', name: 'English' },
  error: 'ข้อผิดพลาด',
  number: {
    title: 'เข้าสู่ระบบ',
    lead: 'เราจะส่งรหัสทาง SMS ไปยังหมายเลขโทรศัพท์มือถือของคุณ ไม่ต้องใช้รหัสผ่าน',
    label: 'หมายเลขโทรศัพท์มือถือ',
    send: 'ส่งรหัสให้ฉัน',
  },
  code: {
    title: 'กรอกรหัสของคุณ',
    sentTo: 'ส่งไปที่',
    change: 'เปลี่ยนหมายเลข',
    label: 'รหัสจาก SMS',
    ref: 'Ref',
    hint: 'ตรวจสอบว่า Ref ตรงกับใน SMS',
    enter: 'เข้าสู่ระบบ',
    resend: 'ส่ง SMS อีกครั้ง',
    resendIn: 'ส่งอีกครั้งได้ใน {wait}',
    restart: 'ขอรหัสใหม่',
    ended: 'ใช้รหัสนี้ไม่ได้',
    left: (tries) => `ลองได้อีก ${tries} ครั้ง`,
  },
  news: {
    on_its_way: 'กำลังส่ง SMS …',
    sent: 'ส่ง SMS แล้ว',
    delivered: 'SMS ส่งถึงแล้ว กรุณาตรวจสอบข้อความ',
    undelivered: 'ส่ง SMS ไม่ถึงโทรศัพท์ของคุณ กรุณาส่งอีกครั้ง',
  },
  account: {
    title: 'เข้าสู่ระบบแล้ว',
    lead: 'รหัสถูกต้อง หมายเลขนี้เป็นของคุณ',
    number: 'หมายเลขโทรศัพท์มือถือ',
    only: 'หน้านี้ต้องเข้าสู่ระบบก่อน หากยังไม่ได้เข้าสู่ระบบ คุณจะถูกส่งไปหน้าแรก',
    signOut: 'ออกจากระบบ',
  },
  phone: {
    title: 'โทรศัพท์จำลอง',
    messages: 'ข้อความ',
    empty: 'ยังไม่มีข้อความ',
    unreachable: 'ไม่มีสัญญาณ',
    now: 'ตอนนี้',
    copy: 'คัดลอกรหัส',
    copied: 'คัดลอกแล้ว',
    refresh: 'แสดงข้อความใหม่',
    lead: 'นี่คือ ANTS จำลอง ไม่มีการส่ง SMS จริง ใช้หมายเลขมือถือไทยใดก็ได้ หรือลองหมายเลขเหล่านี้:',
    tries: { arrives: 'ส่งถึง', lost: 'ส่งไม่ถึง', late: 'รายงานผลช้า' },
  },
};

export const LOGIN_WORDS: Record<Language, LoginWords> = { en, th };
