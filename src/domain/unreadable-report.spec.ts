import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPORT_FIELDS, unreadableFacts } from './unreadable-report.js';

const facts = (contentType: string, fieldNames?: string[]) =>
  unreadableFacts({ reason: 'no_report', contentType, bytes: 7, fieldNames });

describe('unreadableFacts', () => {
  it('shows the names of known fields as ANTS writes them, and counts all others', () => {
    const names = ['MESSAGEID', 'status', 'a', 'Your OTP is 123456', '__proto__', 'constructor'];
    expect(facts('application/json', names)).toEqual({
      reason: 'no_report',
      contentType: 'application/json',
      bytes: 7,
      fields: ['messageId', 'status'],
      otherFields: 4,
    });
  });

  it('counts a name once', () => {
    expect(facts('', ['a', 'a', 'to', 'TO'])).toMatchObject({ fields: ['to'], otherFields: 1 });
  });

  it('knows a report without any fields', () => {
    expect(facts('text/plain')).toMatchObject({ fields: [], otherFields: 0 });
  });

  it.each([
    ['a reason of its own', { reason: 'Your OTP is 123456' }],
    ['names in a text', { fieldNames: 'Your OTP is 123456' }],
    ['names that are no texts', { fieldNames: [{ otp: 123456 }, 123456] }],
  ])('shows nothing of what a provider in JavaScript reports: %s', (_, given) => {
    const report = { reason: 'other', contentType: '', bytes: 7, ...given };
    expect(unreadableFacts(report as never)).toEqual({
      reason: 'other',
      contentType: 'none',
      bytes: 7,
      fields: [],
      otherFields: 0,
    });
  });

  it.each([
    ['application/json', 'application/json'],
    ['Application/JSON; charset=utf-8', 'application/json'],
    ['application/vnd.ants+xml;x=123456', 'application/vnd.ants+xml'],
    ['', 'none'],
    [' ; charset=utf-8', 'none'],
    ['json', 'invalid'],
    ['text/Your OTP is 123456', 'invalid'],
    ['text/123456', 'text/…'],
    [`text/${'x'.repeat(61)}`, 'invalid'],
    ['text/ไทย', 'invalid'],
    ['text/a\nb', 'invalid'],
  ])('keeps of the content type "%s" %s', (contentType, kept) => {
    expect(facts(contentType).contentType).toBe(kept);
  });

  it('knows every field that the parser of ANTS reads', () => {
    const file = join(import.meta.dirname, '../providers/ants/ants.report-shape.ts');
    const read = [...readFileSync(file, 'utf8').matchAll(/\.get\('(\w+)'\)/g)].map(
      ([, name]) => name,
    );
    expect(read.length).toBeGreaterThan(15);
    const known: string[] = REPORT_FIELDS.map((name) => name.toLowerCase());
    expect(read.filter((name) => !known.includes(name!))).toEqual([]);
  });
});
