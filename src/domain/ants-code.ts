/**
 * The codes that ANTS documents, each with the English and the Thai message that can come with it or in
 * its place. The one table: the mapper reads by it, the simulator answers by it.
 */
export const ANTS_MESSAGES = {
  '0000': { en: 'Success', th: 'สำเร็จ' },
  '9999': { en: 'Exception', th: 'ผิดพลาด' },
  '9998': { en: 'Authentication failed', th: 'username or password ผิดพลาด' },
  '9996': { en: 'Bad Request', th: 'คำสั่งไม่ถูกต้อง' },
  '9995': { en: 'Credit not enough', th: 'เครดิตหมด' },
  '0301': { en: 'Invalid OTP Config', th: 'ตั้งค่า OTP ไม่ถูกต้อง' },
  '0302': { en: 'Number Prefix Missing', th: 'ไม่มีคำนำหน้า' },
  '0303': { en: 'No Data Available OTP', th: 'ไม่พบข้อมูล OTP' },
  '0304': { en: 'Over Limit Usage', th: 'กรอกข้อมูลเกินจำนวนครั้งที่กำหนด' },
  '0305': { en: 'OTP Code Expired', th: 'OTP Code หมดอายุ' },
  '0306': { en: 'OTP Code Confirmed', th: 'OTP Code ยืนยันตัวตนไปแล้ว' },
  '0307': { en: 'Invalid Number', th: 'หมายเลขไม่ถูกต้อง' },
} as const satisfies Record<string, { en: string; th: string }>;

/** A code that ANTS documents, in four digits. `0000` is the success. */
export type AntsCode = keyof typeof ANTS_MESSAGES;

export function isAntsCode(value: unknown): value is AntsCode {
  return typeof value === 'string' && Object.hasOwn(ANTS_MESSAGES, value);
}

/**
 * A code in four digits that no page of ANTS lists, of the two families that it uses. Any other digits
 * could be an echoed one-time code.
 */
export function isUnlistedCode(value: unknown): value is string {
  return typeof value === 'string' && /^(?:03|99)\d\d$/.test(value) && !isAntsCode(value);
}

/** The code that an answer of ANTS named; at most one of the two. */
export interface NamedCodes {
  /** A code that ANTS documents. */
  antsCode?: AntsCode;
  /** A code that ANTS sent but does not document: four digits that start with 03 or 99. */
  unlistedCode?: string;
}

/** An outcome that names a code comes from an answer, however odd; the others may be an outage. */
export function namesCode({ antsCode, unlistedCode }: NamedCodes): boolean {
  return antsCode !== undefined || unlistedCode !== undefined;
}
