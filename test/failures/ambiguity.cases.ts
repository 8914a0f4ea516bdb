import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { antsError } from 'nestjs-ants-otp/testing';
import type { AntsCall, AntsFault } from 'nestjs-ants-otp/testing';
import { OtpSweeper } from 'nestjs-ants-otp';
import { bootApp, nextMobile } from '../support/app.js';
import type { TestApp } from '../support/app.js';
import { everyOr, times } from '../support/counts.js';
import { violations } from '../support/invariants.js';
import { Story } from '../support/lost-answer.js';
import type { Seen } from '../support/lost-answer.js';

/** The table under "Every ambiguity" in docs/lifecycle.md, word for word and without its marks of code; each row is run. */
const TABLE = `
| request | not reached | time passes | send_failed | send_failed | requested, send_failed | 0 / 0 | 5 | 0 / 0 | ask at once |
| request | not reached | ask at once | send_failed, a new OTP | send_failed | requested, send_failed | 1 / 1 | 5 | 1 / 0 | enter the newest code |
| request | not reached | ask after 10 s | send_failed, a new OTP | send_failed | requested, send_failed | 1 / 1 | 5 | 1 / 0 | enter the newest code |
| request | not reached | enter the code | send_failed, send_failed | send_failed | requested, send_failed | 0 / 0 | 5 | 0 / 0 | ask at once |
| request | done, no answer | time passes | send_unknown (10 s) | send_unknown | requested, send_unknown | 1 / 1 | 5 | 1 / 0 | ask at once |
| request | done, no answer | a report: delivered | send_unknown (10 s) | send_unknown, SMS delivered | requested, send_unknown, delivered | 1 / 1 | 5 | 1 / 0 | ask after 10 s |
| request | done, no answer | a report: undelivered | send_unknown (10 s) | send_unknown, SMS undelivered | requested, send_unknown, undelivered | 1 / 1 | 5 | 1 / 0 | ask after 10 s |
| request | done, no answer | ask at once | send_unknown (10 s), cooldown (10 s) | send_unknown | requested, send_unknown | 1 / 1 | 5 | 1 / 0 | ask after 10 s |
| request | done, no answer | ask after 10 s | send_unknown (10 s), a new OTP | send_unknown | requested, send_unknown | 2 / 2 | 5 | 2 / 0 | enter the newest code |
| request | done, no answer | enter the code | send_unknown (10 s), send_unknown | send_unknown | requested, send_unknown | 1 / 1 | 5 | 1 / 0 | ask after 10 s |
| request | not done, no answer | time passes | send_unknown (10 s) | send_unknown | requested, send_unknown | 0 / 1 | 5 | 1 / 0 | ask at once |
| request | not done, no answer | ask at once | send_unknown (10 s), cooldown (10 s) | send_unknown | requested, send_unknown | 0 / 1 | 5 | 1 / 0 | ask after 10 s |
| request | not done, no answer | ask after 10 s | send_unknown (10 s), a new OTP | send_unknown | requested, send_unknown | 1 / 2 | 5 | 2 / 0 | enter the newest code |
| request | not done, no answer | enter the code | send_unknown (10 s), send_unknown | send_unknown | requested, send_unknown | 0 / 1 | 5 | 1 / 0 | ask after 10 s |
| request | not written | time passes | unavailable | send_unknown | requested, send_unknown | 1 / 1 | 5 | 1 / 0 | ask at once |
| request | not written | a report: delivered | unavailable | sending, SMS delivered | requested, delivered | 1 / 1 | 5 | 1 / 0 | ask after 60 s |
| request | not written | a report: undelivered | unavailable | sending, SMS undelivered | requested, undelivered | 1 / 1 | 5 | 1 / 0 | ask after 60 s |
| request | not written | ask at once | unavailable, cooldown (60 s) | sending | requested | 1 / 1 | 5 | 1 / 0 | ask after 60 s |
| request | not written | ask after 10 s | unavailable, cooldown (60 s) | sending | requested | 1 / 1 | 5 | 1 / 0 | ask after 60 s |
| request | not written | ask after 15 s | unavailable, cooldown (10 s) | send_unknown | requested, send_unknown | 1 / 1 | 5 | 1 / 0 | ask after 10 s |
| request | not written | enter the code | unavailable, still_sending (1 s) | sending | requested | 1 / 1 | 5 | 1 / 0 | ask after 60 s |
| request | too late | time passes | send_unknown (10 s) | send_unknown | requested, send_unknown, late_answer | 1 / 1 | 5 | 1 / 0 | ask at once |
| request | too late | a report: delivered | send_unknown (10 s) | send_unknown, SMS delivered | requested, send_unknown, delivered, late_answer | 1 / 1 | 5 | 1 / 0 | ask after 10 s |
| request | too late | a report: undelivered | send_unknown (10 s) | send_unknown, SMS undelivered | requested, send_unknown, undelivered, late_answer | 1 / 1 | 5 | 1 / 0 | ask after 10 s |
| request | too late | ask at once | cooldown (10 s), send_unknown (10 s) | send_unknown | requested, send_unknown, late_answer | 1 / 1 | 5 | 1 / 0 | ask after 10 s |
| request | too late | ask after 10 s | a new OTP, send_unknown (10 s) | send_unknown | requested, send_unknown, late_answer | 2 / 2 | 5 | 2 / 0 | enter the newest code |
| request | too late | enter the code | send_unknown, send_unknown (10 s) | send_unknown | requested, send_unknown, late_answer | 1 / 1 | 5 | 1 / 0 | ask after 10 s |
| resend | not reached | time passes | send_failed | expired | requested, sent, resend_requested, resend_failed, expired | 1 / 0 | 5 | 1 / 0 | ask at once |
| resend | not reached | a report: delivered | send_failed | pending, SMS delivered | requested, sent, resend_requested, resend_failed, delivered | 1 / 0 | 5 | 1 / 0 | enter the first code |
| resend | not reached | a report: undelivered | send_failed | pending, SMS undelivered | requested, sent, resend_requested, resend_failed, undelivered | 1 / 0 | 5 | 1 / 0 | enter the first code |
| resend | not reached | resend at once | send_failed, a new SMS | pending | requested, sent, resend_requested, resend_failed, resend_requested, resent | 2 / 1 | 5 | 2 / 0 | enter the newest code |
| resend | not reached | resend after 10 s | send_failed, a new SMS | pending | requested, sent, resend_requested, resend_failed, resend_requested, resent | 2 / 1 | 5 | 2 / 0 | enter the newest code |
| resend | not reached | enter the first code | send_failed, verified | verified | requested, sent, resend_requested, resend_failed, verified | 1 / 0 | 4 | 1 / 0 | – |
| resend | done, no answer | time passes | send_unknown (10 s) | expired | requested, sent, resend_requested, resend_unknown, expired | 2 / 1 | 5 | 2 / 0 | ask at once |
| resend | done, no answer | a report: delivered | send_unknown (10 s) | pending, SMS delivered | requested, sent, resend_requested, resend_unknown, delivered | 2 / 1 | 5 | 2 / 0 | ask after 10 s |
| resend | done, no answer | a report: undelivered | send_unknown (10 s) | pending, SMS undelivered | requested, sent, resend_requested, resend_unknown, undelivered | 2 / 1 | 5 | 2 / 0 | ask after 10 s |
| resend | done, no answer | resend at once | send_unknown (10 s), cooldown (10 s) | pending | requested, sent, resend_requested, resend_unknown | 2 / 1 | 5 | 2 / 0 | ask after 10 s |
| resend | done, no answer | resend after 10 s | send_unknown (10 s), expired | pending | requested, sent, resend_requested, resend_unknown, resend_requested, resend_failed | 2 / 2 | 5 | 2 / 0 | ask at once |
| resend | done, no answer | enter the first code | send_unknown (10 s), expired | expired | requested, sent, resend_requested, resend_unknown, expired | 2 / 1 | 4 | 2 / 0 | ask after 10 s |
| resend | done, no answer | enter the newest code | send_unknown (10 s), expired | expired | requested, sent, resend_requested, resend_unknown, expired | 2 / 1 | 4 | 2 / 0 | ask after 10 s |
| resend | not done, no answer | time passes | send_unknown (10 s) | expired | requested, sent, resend_requested, resend_unknown, expired | 1 / 1 | 5 | 2 / 0 | ask at once |
| resend | not done, no answer | a report: delivered | send_unknown (10 s) | pending, SMS delivered | requested, sent, resend_requested, resend_unknown, delivered | 1 / 1 | 5 | 2 / 0 | enter the first code |
| resend | not done, no answer | a report: undelivered | send_unknown (10 s) | pending, SMS undelivered | requested, sent, resend_requested, resend_unknown, undelivered | 1 / 1 | 5 | 2 / 0 | enter the first code |
| resend | not done, no answer | resend at once | send_unknown (10 s), cooldown (10 s) | pending | requested, sent, resend_requested, resend_unknown | 1 / 1 | 5 | 2 / 0 | enter the first code |
| resend | not done, no answer | resend after 10 s | send_unknown (10 s), a new SMS | pending | requested, sent, resend_requested, resend_unknown, resend_requested, resent | 2 / 2 | 5 | 3 / 0 | enter the newest code |
| resend | not done, no answer | enter the first code | send_unknown (10 s), verified | verified | requested, sent, resend_requested, resend_unknown, verified | 1 / 1 | 4 | 2 / 0 | – |
| resend | not written | time passes | unavailable | expired | requested, sent, resend_requested, expired | 2 / 1 | 5 | 2 / 0 | ask at once |
| resend | not written | a report: delivered | unavailable | pending, SMS delivered | requested, sent, resend_requested, delivered | 2 / 1 | 5 | 2 / 0 | ask after 120 s |
| resend | not written | a report: undelivered | unavailable | pending, SMS undelivered | requested, sent, resend_requested, undelivered | 2 / 1 | 5 | 2 / 0 | ask after 120 s |
| resend | not written | resend at once | unavailable, cooldown (120 s) | pending | requested, sent, resend_requested | 2 / 1 | 5 | 2 / 0 | ask after 120 s |
| resend | not written | resend after 10 s | unavailable, cooldown (120 s) | pending | requested, sent, resend_requested | 2 / 1 | 5 | 2 / 0 | ask after 120 s |
| resend | not written | enter the first code | unavailable, wrong_code | pending | requested, sent, resend_requested, wrong_code | 2 / 1 | 4 | 2 / 1 | ask after 120 s |
| resend | not written | enter the newest code | unavailable, wrong_code | pending | requested, sent, resend_requested, wrong_code | 2 / 1 | 4 | 2 / 1 | ask after 120 s |
| resend | too late | time passes | expired, expired | expired | requested, sent, resend_requested, resend_requested, resend_failed, expired, late_answer | 2 / 2 | 5 | 2 / 0 | ask at once |
| resend | too late | a report: delivered | expired, busy (1 s) | pending, SMS delivered | requested, sent, resend_requested, resend_requested, resend_failed, delivered, late_answer | 2 / 2 | 5 | 2 / 0 | ask at once |
| resend | too late | a report: undelivered | expired, busy (1 s) | pending, SMS undelivered | requested, sent, resend_requested, resend_requested, resend_failed, undelivered, late_answer | 2 / 2 | 5 | 2 / 0 | ask at once |
| resend | too late | resend at once | expired, expired, busy (1 s) | pending | requested, sent, resend_requested, resend_requested, resend_failed, resend_requested, resend_failed, late_answer | 2 / 3 | 5 | 2 / 0 | ask at once |
| resend | too late | resend after 10 s | expired, expired, busy (1 s) | pending | requested, sent, resend_requested, resend_requested, resend_failed, resend_requested, resend_failed, late_answer | 2 / 3 | 5 | 2 / 0 | ask at once |
| resend | too late | enter the first code | expired, expired, expired | expired | requested, sent, resend_requested, resend_requested, resend_failed, expired, late_answer | 2 / 2 | 4 | 2 / 0 | ask at once |
| resend | too late | enter the newest code | expired, expired, expired | expired | requested, sent, resend_requested, resend_requested, resend_failed, expired, late_answer | 2 / 2 | 4 | 2 / 0 | ask at once |
| resend, ANTS keeps its otpId | done, no answer | time passes | send_unknown (10 s) | expired | requested, sent, resend_requested, resend_unknown, expired | 2 / 1 | 5 | 2 / 0 | ask at once |
| resend, ANTS keeps its otpId | done, no answer | a report: delivered | send_unknown (10 s) | pending, SMS delivered | requested, sent, resend_requested, resend_unknown, delivered | 2 / 1 | 5 | 2 / 0 | enter the newest code |
| resend, ANTS keeps its otpId | done, no answer | a report: undelivered | send_unknown (10 s) | pending, SMS undelivered | requested, sent, resend_requested, resend_unknown, undelivered | 2 / 1 | 5 | 2 / 0 | enter the newest code |
| resend, ANTS keeps its otpId | done, no answer | resend at once | send_unknown (10 s), cooldown (10 s) | pending | requested, sent, resend_requested, resend_unknown | 2 / 1 | 5 | 2 / 0 | enter the newest code |
| resend, ANTS keeps its otpId | done, no answer | resend after 10 s | send_unknown (10 s), a new SMS | pending | requested, sent, resend_requested, resend_unknown, resend_requested, resent | 3 / 2 | 5 | 3 / 0 | enter the newest code |
| resend, ANTS keeps its otpId | done, no answer | enter the first code | send_unknown (10 s), wrong_code | pending | requested, sent, resend_requested, resend_unknown, wrong_code | 2 / 1 | 4 | 2 / 1 | enter the newest code |
| resend, ANTS keeps its otpId | done, no answer | enter the newest code | send_unknown (10 s), verified | verified | requested, sent, resend_requested, resend_unknown, verified | 2 / 1 | 4 | 2 / 0 | – |
| resend, ANTS keeps its otpId | not written | time passes | unavailable | expired | requested, sent, resend_requested, expired | 2 / 1 | 5 | 2 / 0 | ask at once |
| resend, ANTS keeps its otpId | not written | a report: delivered | unavailable | pending, SMS delivered | requested, sent, resend_requested, delivered | 2 / 1 | 5 | 2 / 0 | enter the newest code |
| resend, ANTS keeps its otpId | not written | a report: undelivered | unavailable | pending, SMS undelivered | requested, sent, resend_requested, undelivered | 2 / 1 | 5 | 2 / 0 | enter the newest code |
| resend, ANTS keeps its otpId | not written | resend at once | unavailable, cooldown (120 s) | pending | requested, sent, resend_requested | 2 / 1 | 5 | 2 / 0 | enter the newest code |
| resend, ANTS keeps its otpId | not written | resend after 10 s | unavailable, cooldown (120 s) | pending | requested, sent, resend_requested | 2 / 1 | 5 | 2 / 0 | enter the newest code |
| resend, ANTS keeps its otpId | not written | enter the first code | unavailable, wrong_code | pending | requested, sent, resend_requested, wrong_code | 2 / 1 | 4 | 2 / 1 | enter the newest code |
| resend, ANTS keeps its otpId | not written | enter the newest code | unavailable, verified | verified | requested, sent, resend_requested, verified | 2 / 1 | 4 | 2 / 0 | – |
| resend, ANTS keeps its otpId | too late | time passes | a new SMS, expired | expired | requested, sent, resend_requested, resend_requested, resent, expired, late_answer | 3 / 2 | 5 | 3 / 0 | ask at once |
| resend, ANTS keeps its otpId | too late | a report: delivered | a new SMS, cooldown (300 s) | pending, SMS delivered | requested, sent, resend_requested, resend_requested, resent, delivered, late_answer | 3 / 2 | 5 | 3 / 0 | enter the newest code |
| resend, ANTS keeps its otpId | too late | a report: undelivered | a new SMS, cooldown (10 s) | pending, SMS undelivered | requested, sent, resend_requested, resend_requested, resent, undelivered, late_answer | 3 / 2 | 5 | 3 / 0 | enter the newest code |
| resend, ANTS keeps its otpId | too late | resend at once | a new SMS, cooldown (300 s), cooldown (300 s) | pending | requested, sent, resend_requested, resend_requested, resent, late_answer | 3 / 2 | 5 | 3 / 0 | enter the newest code |
| resend, ANTS keeps its otpId | too late | resend after 10 s | a new SMS, cooldown (300 s), cooldown (300 s) | pending | requested, sent, resend_requested, resend_requested, resent, late_answer | 3 / 2 | 5 | 3 / 0 | enter the newest code |
| resend, ANTS keeps its otpId | too late | enter the first code | a new SMS, wrong_code, cooldown (300 s) | pending | requested, sent, resend_requested, resend_requested, resent, wrong_code, late_answer | 3 / 2 | 4 | 3 / 1 | enter the newest code |
| resend, ANTS keeps its otpId | too late | enter the newest code | a new SMS, verified, already_used | verified | requested, sent, resend_requested, resend_requested, resent, verified, late_answer | 3 / 2 | 4 | 3 / 0 | – |
| verify, right code | not reached | time passes | unavailable | expired | requested, sent, verify_not_reached, expired | 1 / 0 | 5 | 1 / 0 | ask at once |
| verify, right code | not reached | same code | unavailable, verified | verified | requested, sent, verify_not_reached, verified | 1 / 1 | 4 | 1 / 0 | – |
| verify, right code | not reached | other code | unavailable, wrong_code | pending | requested, sent, verify_not_reached, wrong_code | 1 / 1 | 4 | 1 / 1 | enter the first code |
| verify, right code | not reached | other code, then the same | unavailable, wrong_code, verified | verified | requested, sent, verify_not_reached, wrong_code, verified | 1 / 2 | 3 | 1 / 1 | – |
| verify, right code | not reached | same code with another ticket | unavailable, not_found | pending | requested, sent, verify_not_reached | 1 / 0 | 5 | 1 / 0 | enter the first code |
| verify, right code | not reached | same code by another subject | unavailable, not_found | pending | requested, sent, verify_not_reached | 1 / 0 | 5 | 1 / 0 | enter the first code |
| verify, right code | not reached | resend after 60 s | unavailable, a new SMS | pending | requested, sent, verify_not_reached, resend_requested, resent | 2 / 0 | 5 | 2 / 0 | enter the newest code |
| verify, right code | not reached | a report: delivered | unavailable | pending, SMS delivered | requested, sent, verify_not_reached, delivered | 1 / 0 | 5 | 1 / 0 | enter the first code |
| verify, right code | done, no answer | time passes | verify_unknown | expired | requested, sent, verify_unknown, expired | 1 / 1 | 4 | 1 / 1 | ask at once |
| verify, right code | done, no answer | same code | verify_unknown, verified | verified | requested, sent, verify_unknown, verified | 1 / 2 | 4 | 1 / 1 | – |
| verify, right code | done, no answer | other code | verify_unknown, already_used | pending | requested, sent, verify_unknown, already_used | 1 / 2 | 3 | 1 / 2 | enter the first code |
| verify, right code | done, no answer | other code, then the same | verify_unknown, already_used, verified | verified | requested, sent, verify_unknown, already_used, verified | 1 / 3 | 3 | 1 / 2 | – |
| verify, right code | done, no answer | same code with another ticket | verify_unknown, not_found | pending | requested, sent, verify_unknown | 1 / 1 | 4 | 1 / 1 | enter the first code |
| verify, right code | done, no answer | same code by another subject | verify_unknown, not_found | pending | requested, sent, verify_unknown | 1 / 1 | 4 | 1 / 1 | enter the first code |
| verify, right code | done, no answer | resend after 60 s | verify_unknown, expired | pending | requested, sent, verify_unknown, resend_requested, resend_failed | 1 / 1 | 4 | 1 / 1 | enter the first code |
| verify, right code | done, no answer | a report: delivered | verify_unknown | pending, SMS delivered | requested, sent, verify_unknown, delivered | 1 / 1 | 4 | 1 / 1 | enter the first code |
| verify, right code | done, no answer | same code by the subject alone | verify_unknown, verified | verified | requested, sent, verify_unknown, verified | 1 / 2 | 4 | 1 / 1 | – |
| verify, right code | done, no answer | other code lost, then the same | verify_unknown, verify_unknown, already_used | pending | requested, sent, verify_unknown, verify_unknown, already_used | 1 / 3 | 2 | 1 / 3 | ask after 60 s |
| verify, right code | done, no answer | other code lost, then that again | verify_unknown, verify_unknown, already_used | pending | requested, sent, verify_unknown, verify_unknown, already_used | 1 / 3 | 2 | 1 / 3 | ask after 60 s |
| verify, right code | done, no answer | ask after 60 s | verify_unknown, a new OTP | superseded | requested, sent, verify_unknown, superseded | 2 / 1 | 4 | 2 / 1 | enter the newest code |
| verify, right code | not done, no answer | time passes | verify_unknown | expired | requested, sent, verify_unknown, expired | 1 / 1 | 4 | 1 / 1 | ask at once |
| verify, right code | not done, no answer | same code | verify_unknown, verified | verified | requested, sent, verify_unknown, verified | 1 / 2 | 4 | 1 / 1 | – |
| verify, right code | not done, no answer | other code | verify_unknown, wrong_code | pending | requested, sent, verify_unknown, wrong_code | 1 / 2 | 3 | 1 / 2 | enter the first code |
| verify, right code | not done, no answer | other code, then the same | verify_unknown, wrong_code, verified | verified | requested, sent, verify_unknown, wrong_code, verified | 1 / 3 | 3 | 1 / 2 | – |
| verify, right code | not done, no answer | same code with another ticket | verify_unknown, not_found | pending | requested, sent, verify_unknown | 1 / 1 | 4 | 1 / 1 | enter the first code |
| verify, right code | not done, no answer | same code by another subject | verify_unknown, not_found | pending | requested, sent, verify_unknown | 1 / 1 | 4 | 1 / 1 | enter the first code |
| verify, right code | not done, no answer | resend after 60 s | verify_unknown, a new SMS | pending | requested, sent, verify_unknown, resend_requested, resent | 2 / 1 | 4 | 2 / 1 | enter the newest code |
| verify, right code | not done, no answer | a report: delivered | verify_unknown | pending, SMS delivered | requested, sent, verify_unknown, delivered | 1 / 1 | 4 | 1 / 1 | enter the first code |
| verify, right code | not written | time passes | unavailable | expired | requested, sent, expired | 1 / 1 | 4 | 1 / 1 | ask at once |
| verify, right code | not written | same code | unavailable, verified | verified | requested, sent, verified | 1 / 2 | 4 | 1 / 1 | – |
| verify, right code | not written | other code | unavailable, already_used | pending | requested, sent, already_used | 1 / 2 | 3 | 1 / 2 | enter the first code |
| verify, right code | not written | other code, then the same | unavailable, already_used, verified | verified | requested, sent, already_used, verified | 1 / 3 | 3 | 1 / 2 | – |
| verify, right code | not written | same code with another ticket | unavailable, not_found | pending | requested, sent | 1 / 1 | 4 | 1 / 1 | enter the newest code |
| verify, right code | not written | same code by another subject | unavailable, not_found | pending | requested, sent | 1 / 1 | 4 | 1 / 1 | enter the newest code |
| verify, right code | not written | resend after 60 s | unavailable, expired | pending | requested, sent, resend_requested, resend_failed | 1 / 1 | 4 | 1 / 1 | enter the first code |
| verify, right code | not written | a report: delivered | unavailable | pending, SMS delivered | requested, sent, delivered | 1 / 1 | 4 | 1 / 1 | enter the newest code |
| verify, right code | too late | time passes | expired | expired | requested, sent, expired | 1 / 1 | 4 | 1 / 1 | ask at once |
| verify, right code | too late | same code | verified, already_used | verified | requested, sent, verified | 1 / 2 | 4 | 1 / 1 | – |
| verify, right code | too late | other code | already_used, busy (1 s) | pending | requested, sent, already_used | 1 / 2 | 3 | 1 / 2 | enter the first code |
| verify, right code | too late | other code, then the same | already_used, verified, already_used | verified | requested, sent, already_used, verified | 1 / 3 | 3 | 1 / 2 | – |
| verify, right code | too late | same code with another ticket | not_found, verified | verified | requested, sent, verified | 1 / 1 | 4 | 1 / 0 | – |
| verify, right code | too late | same code by another subject | not_found, verified | verified | requested, sent, verified | 1 / 1 | 4 | 1 / 0 | – |
| verify, right code | too late | resend after 60 s | expired, verified | verified | requested, sent, resend_requested, resend_failed, verified | 1 / 1 | 4 | 1 / 0 | – |
| verify, right code | too late | a report: delivered | verified | verified, SMS delivered | requested, sent, delivered, verified | 1 / 1 | 4 | 1 / 0 | – |
| verify, right code | already used | time passes | already_used | expired | requested, sent, already_used, expired | 1 / 1 | 4 | 1 / 1 | ask at once |
| verify, right code | already used | same code | already_used, verified | verified | requested, sent, already_used, verified | 1 / 2 | 3 | 1 / 1 | – |
| verify, right code | already used | other code | already_used, wrong_code | pending | requested, sent, already_used, wrong_code | 1 / 2 | 3 | 1 / 2 | enter the first code |
| verify, right code | already used | other code, then the same | already_used, wrong_code, verified | verified | requested, sent, already_used, wrong_code, verified | 1 / 3 | 2 | 1 / 2 | – |
| verify, right code | already used | same code with another ticket | already_used, not_found | pending | requested, sent, already_used | 1 / 1 | 4 | 1 / 1 | enter the first code |
| verify, right code | already used | same code by another subject | already_used, not_found | pending | requested, sent, already_used | 1 / 1 | 4 | 1 / 1 | enter the first code |
| verify, right code | already used | resend after 60 s | already_used, a new SMS | pending | requested, sent, already_used, resend_requested, resent | 2 / 1 | 4 | 2 / 1 | enter the newest code |
| verify, right code | already used | a report: delivered | already_used | pending, SMS delivered | requested, sent, already_used, delivered | 1 / 1 | 4 | 1 / 1 | enter the first code |
| verify, right code | right and expired | time passes | expired | expired | requested, sent, expired | 1 / 1 | 4 | 1 / 0 | ask at once |
| verify, right code | right and expired | same code | expired, expired | expired | requested, sent, expired | 1 / 1 | 4 | 1 / 0 | ask after 60 s |
| verify, right code | right and expired | other code | expired, expired | expired | requested, sent, expired | 1 / 1 | 4 | 1 / 0 | ask after 60 s |
| verify, right code | right and expired | other code, then the same | expired, expired, expired | expired | requested, sent, expired | 1 / 1 | 4 | 1 / 0 | ask after 60 s |
| verify, right code | right and expired | same code with another ticket | expired, not_found | expired | requested, sent, expired | 1 / 1 | 4 | 1 / 0 | ask after 60 s |
| verify, right code | right and expired | same code by another subject | expired, not_found | expired | requested, sent, expired | 1 / 1 | 4 | 1 / 0 | ask after 60 s |
| verify, right code | right and expired | resend after 60 s | expired, expired | expired | requested, sent, expired | 1 / 1 | 4 | 1 / 0 | ask at once |
| verify, right code | right and expired | a report: delivered | expired | expired, SMS delivered | requested, sent, expired, delivered | 1 / 1 | 4 | 1 / 0 | ask after 60 s |
| verify, wrong code | not reached | time passes | unavailable | expired | requested, sent, verify_not_reached, expired | 1 / 0 | 5 | 1 / 0 | ask at once |
| verify, wrong code | not reached | same code | unavailable, wrong_code | pending | requested, sent, verify_not_reached, wrong_code | 1 / 1 | 4 | 1 / 1 | enter the first code |
| verify, wrong code | not reached | other code | unavailable, wrong_code | pending | requested, sent, verify_not_reached, wrong_code | 1 / 1 | 4 | 1 / 1 | enter the first code |
| verify, wrong code | not reached | other code, then the same | unavailable, wrong_code, wrong_code | pending | requested, sent, verify_not_reached, wrong_code, wrong_code | 1 / 2 | 3 | 1 / 2 | enter the first code |
| verify, wrong code | not reached | same code with another ticket | unavailable, not_found | pending | requested, sent, verify_not_reached | 1 / 0 | 5 | 1 / 0 | enter the first code |
| verify, wrong code | not reached | same code by another subject | unavailable, not_found | pending | requested, sent, verify_not_reached | 1 / 0 | 5 | 1 / 0 | enter the first code |
| verify, wrong code | not reached | resend after 60 s | unavailable, a new SMS | pending | requested, sent, verify_not_reached, resend_requested, resent | 2 / 0 | 5 | 2 / 0 | enter the newest code |
| verify, wrong code | not reached | a report: delivered | unavailable | pending, SMS delivered | requested, sent, verify_not_reached, delivered | 1 / 0 | 5 | 1 / 0 | enter the first code |
| verify, wrong code | done, no answer | time passes | verify_unknown | expired | requested, sent, verify_unknown, expired | 1 / 1 | 4 | 1 / 1 | ask at once |
| verify, wrong code | done, no answer | same code | verify_unknown, wrong_code | pending | requested, sent, verify_unknown, wrong_code | 1 / 2 | 4 | 1 / 1 | enter the first code |
| verify, wrong code | done, no answer | other code | verify_unknown, wrong_code | pending | requested, sent, verify_unknown, wrong_code | 1 / 2 | 3 | 1 / 2 | enter the first code |
| verify, wrong code | done, no answer | other code, then the same | verify_unknown, wrong_code, wrong_code | pending | requested, sent, verify_unknown, wrong_code, wrong_code | 1 / 3 | 3 | 1 / 2 | enter the first code |
| verify, wrong code | done, no answer | same code with another ticket | verify_unknown, not_found | pending | requested, sent, verify_unknown | 1 / 1 | 4 | 1 / 1 | enter the first code |
| verify, wrong code | done, no answer | same code by another subject | verify_unknown, not_found | pending | requested, sent, verify_unknown | 1 / 1 | 4 | 1 / 1 | enter the first code |
| verify, wrong code | done, no answer | resend after 60 s | verify_unknown, a new SMS | pending | requested, sent, verify_unknown, resend_requested, resent | 2 / 1 | 4 | 2 / 1 | enter the newest code |
| verify, wrong code | done, no answer | a report: delivered | verify_unknown | pending, SMS delivered | requested, sent, verify_unknown, delivered | 1 / 1 | 4 | 1 / 1 | enter the first code |
| verify, wrong code | done, no answer | right code lost, then that again | verify_unknown, verify_unknown, already_used | pending | requested, sent, verify_unknown, verify_unknown, already_used | 1 / 3 | 2 | 1 / 3 | ask after 60 s |
| verify, wrong code | done, no answer | right code lost, then the wrong one | verify_unknown, verify_unknown, already_used | pending | requested, sent, verify_unknown, verify_unknown, already_used | 1 / 3 | 2 | 1 / 3 | ask after 60 s |
| verify, wrong code | not done, no answer | time passes | verify_unknown | expired | requested, sent, verify_unknown, expired | 1 / 1 | 4 | 1 / 1 | ask at once |
| verify, wrong code | not done, no answer | same code | verify_unknown, wrong_code | pending | requested, sent, verify_unknown, wrong_code | 1 / 2 | 4 | 1 / 1 | enter the first code |
| verify, wrong code | not done, no answer | other code | verify_unknown, wrong_code | pending | requested, sent, verify_unknown, wrong_code | 1 / 2 | 3 | 1 / 2 | enter the first code |
| verify, wrong code | not done, no answer | other code, then the same | verify_unknown, wrong_code, wrong_code | pending | requested, sent, verify_unknown, wrong_code, wrong_code | 1 / 3 | 3 | 1 / 2 | enter the first code |
| verify, wrong code | not done, no answer | same code with another ticket | verify_unknown, not_found | pending | requested, sent, verify_unknown | 1 / 1 | 4 | 1 / 1 | enter the first code |
| verify, wrong code | not done, no answer | same code by another subject | verify_unknown, not_found | pending | requested, sent, verify_unknown | 1 / 1 | 4 | 1 / 1 | enter the first code |
| verify, wrong code | not done, no answer | resend after 60 s | verify_unknown, a new SMS | pending | requested, sent, verify_unknown, resend_requested, resent | 2 / 1 | 4 | 2 / 1 | enter the newest code |
| verify, wrong code | not done, no answer | a report: delivered | verify_unknown | pending, SMS delivered | requested, sent, verify_unknown, delivered | 1 / 1 | 4 | 1 / 1 | enter the first code |
| verify, wrong code | not written | time passes | unavailable | expired | requested, sent, expired | 1 / 1 | 4 | 1 / 1 | ask at once |
| verify, wrong code | not written | same code | unavailable, wrong_code | pending | requested, sent, wrong_code | 1 / 2 | 4 | 1 / 1 | enter the first code |
| verify, wrong code | not written | other code | unavailable, wrong_code | pending | requested, sent, wrong_code | 1 / 2 | 3 | 1 / 2 | enter the first code |
| verify, wrong code | not written | other code, then the same | unavailable, wrong_code, wrong_code | pending | requested, sent, wrong_code, wrong_code | 1 / 3 | 3 | 1 / 2 | enter the first code |
| verify, wrong code | not written | same code with another ticket | unavailable, not_found | pending | requested, sent | 1 / 1 | 4 | 1 / 1 | enter the newest code |
| verify, wrong code | not written | same code by another subject | unavailable, not_found | pending | requested, sent | 1 / 1 | 4 | 1 / 1 | enter the newest code |
| verify, wrong code | not written | resend after 60 s | unavailable, a new SMS | pending | requested, sent, resend_requested, resent | 2 / 1 | 4 | 2 / 1 | enter the newest code |
| verify, wrong code | not written | a report: delivered | unavailable | pending, SMS delivered | requested, sent, delivered | 1 / 1 | 4 | 1 / 1 | enter the newest code |
| verify, wrong code | too late | time passes | expired | expired | requested, sent, expired | 1 / 1 | 4 | 1 / 1 | ask at once |
| verify, wrong code | too late | same code | wrong_code, busy (1 s) | pending | requested, sent, wrong_code | 1 / 2 | 4 | 1 / 1 | enter the first code |
| verify, wrong code | too late | other code | wrong_code, busy (1 s) | pending | requested, sent, wrong_code | 1 / 2 | 3 | 1 / 2 | enter the first code |
| verify, wrong code | too late | other code, then the same | wrong_code, wrong_code, busy (1 s) | pending | requested, sent, wrong_code, wrong_code | 1 / 3 | 3 | 1 / 2 | enter the first code |
| verify, wrong code | too late | same code with another ticket | not_found, wrong_code | pending | requested, sent, wrong_code | 1 / 1 | 4 | 1 / 1 | enter the first code |
| verify, wrong code | too late | same code by another subject | not_found, wrong_code | pending | requested, sent, wrong_code | 1 / 1 | 4 | 1 / 1 | enter the first code |
| verify, wrong code | too late | resend after 60 s | a new SMS, wrong_code | pending | requested, sent, resend_requested, resent, wrong_code | 2 / 1 | 4 | 2 / 1 | enter the newest code |
| verify, wrong code | too late | a report: delivered | wrong_code | pending, SMS delivered | requested, sent, delivered, wrong_code | 1 / 1 | 4 | 1 / 1 | enter the first code |
| verify, wrong code | already used | time passes | already_used | expired | requested, sent, already_used, expired | 1 / 1 | 4 | 1 / 1 | ask at once |
| verify, wrong code | already used | same code | already_used, wrong_code | pending | requested, sent, already_used, wrong_code | 1 / 2 | 3 | 1 / 2 | enter the first code |
| verify, wrong code | already used | other code | already_used, wrong_code | pending | requested, sent, already_used, wrong_code | 1 / 2 | 3 | 1 / 2 | enter the first code |
| verify, wrong code | already used | other code, then the same | already_used, wrong_code, wrong_code | pending | requested, sent, already_used, wrong_code, wrong_code | 1 / 3 | 2 | 1 / 3 | enter the first code |
| verify, wrong code | already used | same code with another ticket | already_used, not_found | pending | requested, sent, already_used | 1 / 1 | 4 | 1 / 1 | enter the first code |
| verify, wrong code | already used | same code by another subject | already_used, not_found | pending | requested, sent, already_used | 1 / 1 | 4 | 1 / 1 | enter the first code |
| verify, wrong code | already used | resend after 60 s | already_used, a new SMS | pending | requested, sent, already_used, resend_requested, resent | 2 / 1 | 4 | 2 / 1 | enter the newest code |
| verify, wrong code | already used | a report: delivered | already_used | pending, SMS delivered | requested, sent, already_used, delivered | 1 / 1 | 4 | 1 / 1 | enter the first code |
| verify, right code, last attempt | not reached | time passes | unavailable | expired | requested, sent, wrong_code, wrong_code, wrong_code, wrong_code, verify_not_reached, expired | 1 / 4 | 1 | 1 / 4 | ask at once |
| verify, right code, last attempt | not reached | same code | unavailable, verified | verified | requested, sent, wrong_code, wrong_code, wrong_code, wrong_code, verify_not_reached, verified | 1 / 5 | 0 | 1 / 4 | – |
| verify, right code, last attempt | not reached | other code | unavailable, max_attempts_reached | max_attempts_reached | requested, sent, wrong_code, wrong_code, wrong_code, wrong_code, verify_not_reached, max_attempts_reached | 1 / 5 | 0 | 1 / 5 | ask after 60 s |
| verify, right code, last attempt | not reached | other code, then the same | unavailable, max_attempts_reached, max_attempts_reached | max_attempts_reached | requested, sent, wrong_code, wrong_code, wrong_code, wrong_code, verify_not_reached, max_attempts_reached | 1 / 5 | 0 | 1 / 5 | ask after 60 s |
| verify, right code, last attempt | not reached | resend after 60 s | unavailable, a new SMS | pending | requested, sent, wrong_code, wrong_code, wrong_code, wrong_code, verify_not_reached, resend_requested, resent | 2 / 4 | 1 | 2 / 4 | enter the newest code |
| verify, right code, last attempt | done, no answer | time passes | verify_unknown | expired | requested, sent, wrong_code, wrong_code, wrong_code, wrong_code, verify_unknown, expired | 1 / 5 | 0 | 1 / 5 | ask at once |
| verify, right code, last attempt | done, no answer | same code | verify_unknown, verified | verified | requested, sent, wrong_code, wrong_code, wrong_code, wrong_code, verify_unknown, verified | 1 / 6 | 0 | 1 / 5 | – |
| verify, right code, last attempt | done, no answer | other code | verify_unknown, max_attempts_reached | max_attempts_reached | requested, sent, wrong_code, wrong_code, wrong_code, wrong_code, verify_unknown, max_attempts_reached | 1 / 5 | 0 | 1 / 5 | ask after 60 s |
| verify, right code, last attempt | done, no answer | other code, then the same | verify_unknown, max_attempts_reached, max_attempts_reached | max_attempts_reached | requested, sent, wrong_code, wrong_code, wrong_code, wrong_code, verify_unknown, max_attempts_reached | 1 / 5 | 0 | 1 / 5 | ask after 60 s |
| verify, right code, last attempt | done, no answer | resend after 60 s | verify_unknown, max_attempts_reached | pending | requested, sent, wrong_code, wrong_code, wrong_code, wrong_code, verify_unknown | 1 / 5 | 0 | 1 / 5 | enter the first code |
| verify, right code, last attempt | not done, no answer | time passes | verify_unknown | expired | requested, sent, wrong_code, wrong_code, wrong_code, wrong_code, verify_unknown, expired | 1 / 5 | 0 | 1 / 5 | ask at once |
| verify, right code, last attempt | not done, no answer | same code | verify_unknown, verified | verified | requested, sent, wrong_code, wrong_code, wrong_code, wrong_code, verify_unknown, verified | 1 / 6 | 0 | 1 / 5 | – |
| verify, right code, last attempt | not done, no answer | other code | verify_unknown, max_attempts_reached | max_attempts_reached | requested, sent, wrong_code, wrong_code, wrong_code, wrong_code, verify_unknown, max_attempts_reached | 1 / 5 | 0 | 1 / 5 | ask after 60 s |
| verify, right code, last attempt | not done, no answer | other code, then the same | verify_unknown, max_attempts_reached, max_attempts_reached | max_attempts_reached | requested, sent, wrong_code, wrong_code, wrong_code, wrong_code, verify_unknown, max_attempts_reached | 1 / 5 | 0 | 1 / 5 | ask after 60 s |
| verify, right code, last attempt | not done, no answer | resend after 60 s | verify_unknown, max_attempts_reached | pending | requested, sent, wrong_code, wrong_code, wrong_code, wrong_code, verify_unknown | 1 / 5 | 0 | 1 / 5 | enter the first code |
| verify, right code, last attempt | not written | time passes | unavailable | expired | requested, sent, wrong_code, wrong_code, wrong_code, wrong_code, expired | 1 / 5 | 0 | 1 / 5 | ask at once |
| verify, right code, last attempt | not written | same code | unavailable, verified | verified | requested, sent, wrong_code, wrong_code, wrong_code, wrong_code, verified | 1 / 6 | 0 | 1 / 5 | – |
| verify, right code, last attempt | not written | other code | unavailable, max_attempts_reached | max_attempts_reached | requested, sent, wrong_code, wrong_code, wrong_code, wrong_code, max_attempts_reached | 1 / 5 | 0 | 1 / 5 | ask after 60 s |
| verify, right code, last attempt | not written | other code, then the same | unavailable, max_attempts_reached, max_attempts_reached | max_attempts_reached | requested, sent, wrong_code, wrong_code, wrong_code, wrong_code, max_attempts_reached | 1 / 5 | 0 | 1 / 5 | ask after 60 s |
| verify, right code, last attempt | not written | resend after 60 s | unavailable, max_attempts_reached | pending | requested, sent, wrong_code, wrong_code, wrong_code, wrong_code | 1 / 5 | 0 | 1 / 5 | enter the first code |
| verify, right code, last attempt | too late | time passes | expired | expired | requested, sent, wrong_code, wrong_code, wrong_code, wrong_code, expired | 1 / 5 | 0 | 1 / 5 | ask at once |
| verify, right code, last attempt | too late | same code | verified, already_used | verified | requested, sent, wrong_code, wrong_code, wrong_code, wrong_code, verified | 1 / 6 | 0 | 1 / 5 | – |
| verify, right code, last attempt | too late | other code | max_attempts_reached, max_attempts_reached | max_attempts_reached | requested, sent, wrong_code, wrong_code, wrong_code, wrong_code, max_attempts_reached | 1 / 5 | 0 | 1 / 5 | ask after 60 s |
| verify, right code, last attempt | too late | other code, then the same | max_attempts_reached, max_attempts_reached, max_attempts_reached | max_attempts_reached | requested, sent, wrong_code, wrong_code, wrong_code, wrong_code, max_attempts_reached | 1 / 5 | 0 | 1 / 5 | ask after 60 s |
| verify, right code, last attempt | too late | resend after 60 s | max_attempts_reached, verified | verified | requested, sent, wrong_code, wrong_code, wrong_code, wrong_code, verified | 1 / 5 | 0 | 1 / 4 | – |
| verify, right code, last attempt | already used | time passes | max_attempts_reached | max_attempts_reached | requested, sent, wrong_code, wrong_code, wrong_code, wrong_code, max_attempts_reached | 1 / 5 | 0 | 1 / 5 | ask at once |
| verify, right code, last attempt | already used | same code | max_attempts_reached, max_attempts_reached | max_attempts_reached | requested, sent, wrong_code, wrong_code, wrong_code, wrong_code, max_attempts_reached | 1 / 5 | 0 | 1 / 5 | ask after 60 s |
| verify, right code, last attempt | already used | other code | max_attempts_reached, max_attempts_reached | max_attempts_reached | requested, sent, wrong_code, wrong_code, wrong_code, wrong_code, max_attempts_reached | 1 / 5 | 0 | 1 / 5 | ask after 60 s |
| verify, right code, last attempt | already used | other code, then the same | max_attempts_reached, max_attempts_reached, max_attempts_reached | max_attempts_reached | requested, sent, wrong_code, wrong_code, wrong_code, wrong_code, max_attempts_reached | 1 / 5 | 0 | 1 / 5 | ask after 60 s |
| verify, right code, last attempt | already used | resend after 60 s | max_attempts_reached, max_attempts_reached | max_attempts_reached | requested, sent, wrong_code, wrong_code, wrong_code, wrong_code, max_attempts_reached | 1 / 5 | 0 | 1 / 5 | ask at once |
| verify, right code, last attempt | right and expired | time passes | expired | expired | requested, sent, wrong_code, wrong_code, wrong_code, wrong_code, expired | 1 / 5 | 0 | 1 / 4 | ask at once |
| verify, right code, last attempt | right and expired | same code | expired, expired | expired | requested, sent, wrong_code, wrong_code, wrong_code, wrong_code, expired | 1 / 5 | 0 | 1 / 4 | ask after 60 s |
| verify, right code, last attempt | right and expired | other code | expired, expired | expired | requested, sent, wrong_code, wrong_code, wrong_code, wrong_code, expired | 1 / 5 | 0 | 1 / 4 | ask after 60 s |
| verify, right code, last attempt | right and expired | other code, then the same | expired, expired, expired | expired | requested, sent, wrong_code, wrong_code, wrong_code, wrong_code, expired | 1 / 5 | 0 | 1 / 4 | ask after 60 s |
| verify, right code, last attempt | right and expired | resend after 60 s | expired, expired | expired | requested, sent, wrong_code, wrong_code, wrong_code, wrong_code, expired | 1 / 5 | 0 | 1 / 4 | ask at once |
`;

type Act = (story: Story) => Promise<void>;

const inTurn =
  (...acts: Act[]): Act =>
  async (story) => {
    for (const act of acts) await act(story);
  };
const pass =
  (seconds: number): Act =>
  (story) =>
    story.pass(seconds);
const after = (seconds: number, act: Act): Act => inTurn(pass(seconds), act);

const asks: Act = (story) => story.ask();
const resends: Act = (story) => story.resend();
const entersFirst: Act = (story) => story.enter(story.code());
const entersNewest: Act = (story) => story.enter(story.code(-1));
const entersWrong: Act = (story) => story.enter(story.wrong());
const entersOther: Act = (story) => story.enter(story.wrong(1));
const losesAnswer =
  (act: Act): Act =>
  (story) =>
    story.failing('verifyOTP', { drop: 'after' }, () => act(story));

/** One way in which a call goes wrong; `then` is what comes next. */
type Way = (call: Call, story: Story, then: Act) => Promise<void>;

const answering =
  (fault: AntsFault): Way =>
  async ({ ants, make }, story, then) => {
    await story.failing(ants, fault, () => make(story));
    await then(story);
  };

const FAILURES: Record<string, Record<string, Way>> = {
  'not reached': {
    'connection refused': async ({ make }, story, then) => {
      await story.unreachable(() => make(story));
      await then(story);
    },
  },
  'done, no answer': {
    'connection closed': answering({ drop: 'after' }),
    'answer cut': answering({ cut: true }),
    'time-out': answering({ hang: 'after' }),
  },
  'not done, no answer': {
    'connection closed': answering({ drop: 'before' }),
    'code 9999': answering({ body: antsError('9999') }),
    HTML: answering({ body: '<h1>Hello</h1>', headers: { 'content-type': 'text/html' } }),
    'empty answer': answering({ status: 200 }),
    'HTTP 500': answering({ status: 500 }),
    contradiction: answering({
      body: { otpId: 'x', referenceCode: 'y', result: true, success: false },
    }),
    'time-out': answering({ hang: true }),
  },
  'not written': {
    'refused by the database': async ({ make, free }, story, then) => {
      await story.unsettled(() => make(story));
      await free?.(story);
      await then(story);
    },
  },
  'too late': {
    'ANTS holds its answer': ({ ants, make, meanwhile = pass(16) }, story, then) =>
      story.overtaken(
        ants,
        () => make(story),
        () => inTurn(meanwhile, then)(story),
      ),
  },
  'already used': { 'code 0306': answering({ error: '0306' }) },
  'right and expired': {
    'result and flag': answering({ body: { result: true, isErrorCount: false, isExprCode: true } }),
  },
};

interface Call {
  ants: AntsCall;
  /** Brings the story to where the call is made. */
  prepare?: Act;
  make: Act;
  /** What makes an answer come too late. @default 16 s pass */
  meanwhile?: Act;
  /** What makes the OTP free again after a process that never wrote its answer. */
  free?: Act;
  /** What comes after it has failed: the table has each with each of the failures. */
  then: Record<string, Act>;
  /** What the table has after some failures only. */
  also?: Record<string, Act>;
}

const timePasses = inTurn(pass(16), pass(301));
const reports = {
  'a report: delivered': (story: Story) => story.report('DELIVERED'),
  'a report: undelivered': (story: Story) => story.report('UNDELIVERED'),
};

/** What may follow when a check of this code has failed. */
const afterCheck = (entersSame: Act, typed: (story: Story) => string): Call['then'] => ({
  'time passes': timePasses,
  'same code': entersSame,
  'other code': entersOther,
  'other code, then the same': inTurn(entersOther, entersSame),
  'same code with another ticket': (story) => story.enter(typed(story), { ticket: 'A'.repeat(22) }),
  'same code by another subject': (story) => story.enter(typed(story), { subject: 'stranger' }),
  'resend after 60 s': after(61, resends),
  'a report: delivered': reports['a report: delivered'],
});

/** The one reading of ANTS in which a lost resend takes no code away. */
const KEEPING = 'resend, ANTS keeps its otpId';

const afterResend: Call['then'] = {
  'time passes': timePasses,
  ...reports,
  'resend at once': resends,
  'resend after 10 s': after(11, resends),
  'enter the first code': entersFirst,
  'enter the newest code': entersNewest,
};

const CALLS: Record<string, Call> = {
  request: {
    ants: 'requestOTP',
    make: asks,
    then: {
      'time passes': timePasses,
      ...reports,
      'ask at once': asks,
      'ask after 10 s': after(11, asks),
      'enter the code': entersFirst,
    },
    also: { 'ask after 15 s': after(16, asks) },
  },
  resend: {
    ants: 'resendOTP',
    prepare: inTurn(asks, pass(61)),
    make: resends,
    meanwhile: after(121, resends),
    then: afterResend,
  },
  [KEEPING]: {
    ants: 'resendOTP',
    prepare: async (story) => {
      story.simulator.configure({ resendNewOtpId: false });
      await inTurn(asks, pass(61))(story);
    },
    make: resends,
    meanwhile: after(121, resends),
    then: afterResend,
  },
  'verify, right code': {
    ants: 'verifyOTP',
    prepare: asks,
    make: entersFirst,
    free: pass(16),
    then: afterCheck(entersFirst, (story) => story.code()),
    also: {
      'same code by the subject alone': (story) =>
        story.enter(story.code(), { subject: story.subject }),
      'other code lost, then the same': inTurn(losesAnswer(entersWrong), entersFirst),
      'other code lost, then that again': inTurn(losesAnswer(entersWrong), entersWrong),
      'ask after 60 s': after(61, asks),
    },
  },
  'verify, wrong code': {
    ants: 'verifyOTP',
    prepare: asks,
    make: entersWrong,
    free: pass(16),
    then: afterCheck(entersWrong, (story) => story.wrong()),
    also: {
      'right code lost, then that again': inTurn(losesAnswer(entersFirst), entersFirst),
      'right code lost, then the wrong one': inTurn(losesAnswer(entersFirst), entersWrong),
    },
  },
  'verify, right code, last attempt': {
    ants: 'verifyOTP',
    prepare: inTurn(
      asks,
      ...[1, 2, 3, 4].map(
        (n): Act =>
          (story) =>
            story.enter(story.wrong(n)),
      ),
    ),
    make: entersFirst,
    free: pass(16),
    // Neither whose OTP it is nor a report of its SMS depends on the attempts.
    then: {
      'time passes': timePasses,
      'same code': entersFirst,
      'other code': entersWrong,
      'other code, then the same': inTurn(entersWrong, entersFirst),
      'resend after 60 s': after(61, resends),
    },
  },
};

const UNDONE = ['not reached', 'not done, no answer'];
const OF_A_CODE = ['already used', 'right and expired'];

/** What has no row, and why. */
const IMPOSSIBLE: { why: string; calls: string[]; failures: string[]; then?: string[] }[] = [
  {
    why: 'without an SMS there is no report of it',
    ...{ calls: ['request'], failures: UNDONE, then: Object.keys(reports) },
  },
  {
    why: 'without an SMS there is no newest code',
    ...{ calls: ['resend'], failures: UNDONE, then: ['enter the newest code'] },
  },
  {
    why: 'whether ANTS would have kept its otpId shows only when the resend came to it',
    ...{ calls: [KEEPING], failures: UNDONE },
  },
  {
    why: 'of a send ANTS says neither "already used" nor "expired"',
    ...{ calls: ['request', 'resend', KEEPING], failures: OF_A_CODE },
  },
  {
    why: 'ANTS calls no wrong code right',
    ...{ calls: ['verify, wrong code'], failures: ['right and expired'] },
  },
];

/** What the user may do in the end; each of these leads to a success. */
const NEXT: Record<string, Act> = {
  '–': () => Promise.resolve(),
  'enter the first code': entersFirst,
  'enter the newest code': entersNewest,
  'ask at once': inTurn(asks, entersNewest),
  ...Object.fromEntries(
    [10, 60, 120].map((wait): [string, Act] => [
      `ask after ${wait} s`,
      async (story) => {
        await story.ask();
        expect([`cooldown (${wait} s)`, 'the same OTP']).toContain(story.told.at(-1));
        await story.pass(wait);
        await story.ask();
        expect(story.told.at(-1)).toBe('a new OTP');
        await story.enter(story.code(-1));
      },
    ]),
  ),
};

interface Row {
  line: string;
  call: string;
  failure: string;
  then: string;
  next: string;
  /** How many rows of this call and this failure there are, and how many of them stand before it. */
  like: number;
  nth: number;
}

const rows = TABLE.trim()
  .split('\n')
  .map((line): Omit<Row, 'like' | 'nth'> => {
    const cells = line.split('|').map((cell) => cell.trim());
    const [, call = '', failure = '', then = ''] = cells;
    return { line, call, failure, then, next: cells.at(-2) ?? '' };
  })
  .map((row, _, all): Row => {
    const same = all.filter(({ call, failure }) => call === row.call && failure === row.failure);
    return { ...row, like: same.length, nth: same.indexOf(row) };
  });

/**
 * In `npm run test:long` each row is run with each way of its failure. In `npm run test:all` the ways take
 * turns, so that each comes once a failure of a call; a time-out, which takes its time, no more than that.
 */
function waysOf({ failure, like, nth }: Row): string[] {
  const ways = Object.keys(FAILURES[failure] ?? {});
  if (times(0, 1) > 0) return ways;
  const quick = ways.filter((way) => way !== 'time-out');
  const count = Math.ceil(quick.length / like);
  const turn = quick.map((_, n) => quick[(nth * count + n) % quick.length]!).slice(0, count);
  return nth > 0 ? turn : [...turn, ...ways.filter((way) => way === 'time-out')];
}

const seenAs = (told: readonly string[], seen: Seen): string => {
  const { status, delivery, history, sms, calls, left, counted } = seen;
  const ends = delivery === 'none' ? status : `${status}, SMS ${delivery}`;
  return [
    told.join(', '),
    ends,
    history.join(', '),
    `${sms} / ${calls}`,
    left,
    `${counted.sms} / ${counted.wrong}`,
  ].join(' | ');
};

describe('what the user is told and may do when ANTS’ answer is lost', () => {
  let main: TestApp;
  let second: TestApp;
  let hasty: TestApp;
  beforeAll(async () => {
    main = await bootApp();
    main.simulator.configure({ reports: 'manual' });
    const same = { database: main.database, simulator: main.simulator };
    second = await bootApp(same);
    hasty = await bootApp({ ...same, options: { timeouts: { call: 700 } } });
  });
  afterAll(async () => {
    for (const t of [hasty, second, main]) await t.close();
  });
  afterEach(() => {
    main.simulator.configure({ resendNewOtpId: true });
  });

  const cells = rows.flatMap((row) => waysOf(row).map((way) => ({ ...row, way })));
  const run = async ({ line, call: name, failure, then: comes, next, way }: (typeof cells)[0]) => {
    // Its circuit to ANTS would open after so many time-outs and nothing else.
    if (way === 'time-out') await hasty.otps.request({ mobile: nextMobile() });
    const call = CALLS[name]!;
    const then = { ...call.then, ...call.also }[comes]!;
    const owner = name === 'request' ? undefined : `owner ${randomUUID()}`;
    const story = new Story({ main, second, hasty }, owner);
    await call.prepare?.(story);
    story.told.length = 0;

    await FAILURES[failure]![way]!(call, story, then);

    const seen = seenAs(story.told, await story.see(call.ants));
    expect(`| ${name} | ${failure} | ${comes} | ${seen} | ${next} |`).toBe(line);
    await NEXT[next]!(story);
    expect(story.told).toContain('verified');
  };

  it.each(
    everyOr(
      4,
      cells.filter(({ call }) => call !== KEEPING),
    ),
  )('$call, $failure ($way), $then: $next', run);

  it('leaves nothing broken behind', async () => {
    await main.app.get(OtpSweeper).sweep();
    expect(await violations(main)).toEqual([]);
  });

  it.each(
    everyOr(
      4,
      cells.filter(({ call }) => call === KEEPING),
    ),
  )('$call, $failure ($way), $then: $next', run);
});

describe('the table of what may happen', () => {
  it('has a row for each call, each failure and all that may come then, unless it is impossible', () => {
    const listed = rows.map(({ call, failure, then }) => `${call}, ${failure}, ${then}`);
    const grid = Object.entries(CALLS).flatMap(([call, { then }]) =>
      Object.keys(FAILURES).flatMap((failure) =>
        Object.keys(then).map((what) => `${call}, ${failure}, ${what}`),
      ),
    );
    const impossible = IMPOSSIBLE.flatMap(({ calls, failures, then: given }) =>
      calls.flatMap((call) =>
        failures.flatMap((failure) =>
          (given ?? Object.keys(CALLS[call]!.then)).map((what) => `${call}, ${failure}, ${what}`),
        ),
      ),
    );
    expect(new Set(listed).size).toBe(listed.length);
    expect(grid.filter((cell) => !listed.includes(cell)).sort()).toEqual(impossible.sort());
  });

  it('stands in docs/lifecycle.md, with the ways to fail', () => {
    const page = readFileSync(new URL('../../docs/lifecycle.md', import.meta.url), 'utf8');
    const section = page.split('\n## Every ambiguity\n')[1]?.split('\n## ')[0] ?? '';
    const lines = section
      .replaceAll('`', '')
      .split('\n')
      .filter((line) => line.startsWith('| '));
    expect(lines.slice(1)).toEqual(rows.map(({ line }) => line));
    const listed = [...section.matchAll(/^- \*\*(.+)\*\* \((.+?)\)/gm)];
    expect(listed.map(([, failure, ways]) => [failure, ways?.split(', ')])).toEqual(
      Object.entries(FAILURES).map(([failure, ways]) => [failure, Object.keys(ways)]),
    );
    const without = section.split('What has no row cannot be:\n\n')[1]?.split('\n\n')[0];
    expect(without?.split('\n')).toEqual(IMPOSSIBLE.map(({ why }) => `- ${why}`));
  });
});
