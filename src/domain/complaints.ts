import { words } from './words.js';
import type { Words } from './words.js';

/** What is wrong with a field of a request, for whoever sent it. */
export const textComplaint = (field: string, max: number): Words =>
  words(
    `${field} must be a text of at most ${max} characters.`,
    `${field} ต้องเป็นข้อความไม่เกิน ${max} ตัวอักษร`,
  );

export const emptyComplaint = (field: string): Words =>
  words(`${field} must not be empty.`, `${field} ต้องไม่เป็นค่าว่าง`);

export const unknownFieldComplaint = (field: string): Words =>
  words(`${field} is no field of this request.`, `คำขอนี้ไม่มีช่องข้อมูล ${field}`);
