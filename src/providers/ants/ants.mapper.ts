import {
  isAntsCode,
  isUnlistedCode,
  type AntsCode,
  type NamedCodes,
} from '../../domain/ants-code.js';
import type {
  AccountOutcome,
  RefusalReason,
  SendOutcome,
  VerifyOutcome,
} from '../../ports/otp-provider.js';
import {
  FAILURES,
  SUCCESS_CODE,
  isFailureCode,
  readCode,
  readMessage,
  type FailureCode,
} from './ants.codes.js';
import { isJsonObject, parseJson, type Json, type JsonObject } from './ants.json.js';

/** An HTTP answer whose body nobody has touched. */
export interface AntsAnswer {
  status: number;
  body: string;
}

/**
 * Reads the answer to a first SMS or to another one. The body decides at any HTTP status, because
 * ANTS sends failures with 200 as well; the status only speaks when the body says nothing. `sent`
 * needs an otpId and a referenceCode, and nothing in the body that denies the success.
 */
export function mapSendAnswer(answer: AntsAnswer): SendOutcome {
  const root = readBody(answer.body);
  if (!root) return judgeStatus(answer.status);
  const verdict = readVerdict(root, answer.status);
  if (verdict.kind === 'failed') return sendFailure(verdict.code);
  const providerOtpId = readId(root.get('otpid'));
  const referenceCode = readId(root.get('referencecode')) ?? readId(root.get('referrencecode'));
  if (
    verdict.kind === 'unclear' ||
    !providerOtpId ||
    !referenceCode ||
    repeatsFailure(root, answer.status)
  ) {
    return judgeStatus(answer.status, verdict.unlistedCode);
  }
  return { kind: 'sent', providerOtpId, referenceCode };
}

/**
 * What `isErrorCount` says: the attempts are used up, or only that the code was wrong; `swapped`: it
 * says expired, and `isExprCode` that the attempts are used up. Public programs differ.
 */
export type VerifyFlags = 'limit' | 'wrong' | 'swapped';

type FlagMeaning = (typeof FLAG_ORDER)[number];

/** What counts when both flags are true. */
const FLAG_ORDER = ['expired', 'limit', 'wrong'] as const;

const FLAG_MEANINGS: Record<VerifyFlags, { errorCount: FlagMeaning; exprCode: FlagMeaning }> = {
  limit: { errorCount: 'limit', exprCode: 'expired' },
  wrong: { errorCount: 'wrong', exprCode: 'expired' },
  swapped: { errorCount: 'expired', exprCode: 'limit' },
};

/**
 * Reads the answer to a check, in this order: a failure, `result: true` with neither flag, expired,
 * attempts used up, wrong. `result: true` beside a flag is a contradiction and counts as the flag.
 * `right` also needs a 2xx status; whatever is not clearly an answer is `unknown`.
 */
export function mapVerifyAnswer(answer: AntsAnswer, flags: VerifyFlags): VerifyOutcome {
  const root = readBody(answer.body);
  if (!root) return judgeStatus(answer.status);
  const verdict = readVerdict(root, answer.status);
  if (verdict.kind === 'failed') return verifyFailure(verdict.code);
  const result = root.get('result');
  const exprCode = root.get('isexprcode') ?? false;
  const errorCount = root.get('iserrorcount') ?? false;
  if (
    verdict.kind === 'unclear' ||
    typeof result !== 'boolean' ||
    typeof exprCode !== 'boolean' ||
    typeof errorCount !== 'boolean'
  ) {
    return judgeStatus(answer.status, verdict.unlistedCode);
  }
  const meanings = FLAG_MEANINGS[flags];
  const said = [errorCount && meanings.errorCount, exprCode && meanings.exprCode];
  const kind = FLAG_ORDER.find((meaning) => said.includes(meaning));
  if (kind) return { kind };
  if (!result) return { kind: 'wrong' };
  if (isSuccessStatus(answer.status)) return { kind: 'right' };
  return unknown(`ANTS called the code right, but answered HTTP ${answer.status}.`);
}

/** Reads the answer to the question for the credit: `{ type: "prepaid" | "postpaid", credit: 12.5 }`. */
export function mapAccountAnswer(answer: AntsAnswer): AccountOutcome {
  const root = readBody(answer.body);
  if (!root) return judgeStatus(answer.status);
  const verdict = readVerdict(root, answer.status);
  if (verdict.kind === 'failed') return sendFailure(verdict.code);
  const credit = root.get('credit');
  if (typeof credit !== 'number' || !isSuccessStatus(answer.status))
    return judgeStatus(answer.status, verdict.unlistedCode);
  const type = root.get('type');
  const postpaid = typeof type === 'string' && type.toLowerCase() === 'postpaid';
  return { kind: 'known', credit, postpaid };
}

/** What a body says about success: a known failure, something that denies it, or nothing. */
type Verdict =
  | { kind: 'failed'; code: FailureCode; unlistedCode?: undefined }
  | { kind: 'unclear'; unlistedCode?: string }
  | { kind: 'clear'; unlistedCode?: undefined };

function readVerdict(root: JsonObject, status: number): Verdict {
  const error = root.get('error');
  const success = root.get('success');
  const inError = hear(error, status);
  const inSuccess = hear(success, status);
  const atRoot = hear(root, status);
  for (const { known } of [inError, inSuccess, atRoot]) {
    if (isFailureCode(known)) return { kind: 'failed', code: known };
  }
  const denied =
    (isPresent(error) && inError.known !== SUCCESS_CODE) ||
    success === false ||
    saysNo(root.get('status')) ||
    (inSuccess.spoke && inSuccess.known !== SUCCESS_CODE) ||
    // Free text at the root is undocumented and denies nothing; a code there does.
    (atRoot.code !== undefined && atRoot.known !== SUCCESS_CODE);
  if (!denied) return { kind: 'clear' };
  const unlistedCode = [inError, inSuccess, atRoot].map(({ code }) => code).find(isUnlistedCode);
  return { kind: 'unclear', ...(unlistedCode && { unlistedCode }) };
}

/** A status beside ids or a result that says no in words, without any of ANTS' codes. */
function saysNo(status: Json | undefined): boolean {
  return (
    status === false ||
    (typeof status === 'string' && /^(?:fail(?:ed|ure)?|error)$/i.test(status.trim()))
  );
}

/** What one part of an answer says. */
interface Heard {
  /** The code as written, in four digits, known or not. */
  code?: string;
  /** The code that the part means, by its digits or its text. */
  known?: AntsCode;
  /** Whether it holds a code or a message at all. */
  spoke: boolean;
}

/** A part is an object with code, status, message and description, or one bare value. */
function hear(part: Json | undefined, status: number): Heard {
  const at = (name: string) => fieldOf(part, name);
  const codes = codesOf(part).flatMap((code) => (isStatus(code, status) ? [] : readCode(code)));
  const meanings = ['message', 'description', 'status', 'code'].flatMap(
    (name) => readMessage(at(name)) ?? [],
  );
  const code = codes.find(isAntsCode) ?? codes.find((some) => some !== undefined);
  const message = at('message');
  return {
    ...(code && { code }),
    known: agree(code, meanings),
    spoke: code !== undefined || (typeof message === 'string' && message.trim() !== ''),
  };
}

function fieldOf(part: Json | undefined, name: string): Json | undefined {
  return isJsonObject(part) ? part.get(name) : part;
}

function codesOf(part: Json | undefined): (Json | undefined)[] {
  return [fieldOf(part, 'code'), fieldOf(part, 'status')];
}

/**
 * Whether a value only repeats the HTTP status, as a proxy's 302 or a framework's 400 does: that is
 * none of ANTS' codes. Its `"0302"` is never written like a status.
 */
function isStatus(value: Json | undefined, status: number): boolean {
  return (
    (typeof value === 'string' || typeof value === 'number') &&
    String(value).trim() === String(status)
  );
}

/** Ids beside the number of a failing HTTP status are a contradiction. */
function repeatsFailure(root: JsonObject, status: number): boolean {
  const codes = [...codesOf(root), ...codesOf(root.get('success'))];
  return !isSuccessStatus(status) && codes.some((code) => isStatus(code, status));
}

/**
 * A code decides over its text, but a success that is contradicted by the other is none. Of two texts
 * without a code, the general "Exception" gives way to one that says more.
 */
function agree(code: string | undefined, meanings: AntsCode[]): AntsCode | undefined {
  const failures = meanings.filter(isFailureCode);
  const failure = failures.find((meaning) => meaning !== '9999') ?? failures[0];
  if (code === undefined) return failure ?? meanings[0];
  if (!isAntsCode(code)) return failure;
  return code === SUCCESS_CODE && failure ? undefined : code;
}

function sendFailure(antsCode: FailureCode): Refused | Unknown {
  const { send, detail } = FAILURES[antsCode];
  if (send === 'unknown') return unknown(detail, { antsCode });
  return { kind: 'refused', reason: send, antsCode, detail };
}

function verifyFailure(antsCode: FailureCode): VerifyOutcome {
  const { verify, detail } = FAILURES[antsCode];
  if (verify === 'unknown') return unknown(detail, { antsCode });
  if (verify === 'expired' || verify === 'limit' || verify === 'already_used') {
    return { kind: verify, antsCode };
  }
  return { kind: 'refused', reason: verify, antsCode, detail };
}

/**
 * The HTTP statuses that mean "nothing was done" without any help of the body: they are decided
 * before a request is carried out. Any other 4xx may stand for a request that went through (a
 * gateway's 408 or 499), so it stays unknown, as do 3xx, 5xx and a 2xx that says nothing.
 */
const REFUSING_STATUSES = new Map<number, { reason: RefusalReason; detail: string }>([
  [401, { reason: 'credentials', detail: 'ANTS asks for valid credentials (HTTP 401).' }],
  [403, { reason: 'credentials', detail: 'ANTS forbids this account the call (HTTP 403).' }],
  [404, { reason: 'config', detail: 'ANTS has no such address (HTTP 404): check the base URL.' }],
  [405, { reason: 'config', detail: 'The address takes no POST (HTTP 405): check the base URL.' }],
  [429, { reason: 'too_often', detail: 'ANTS was called too often (HTTP 429).' }],
]);

function judgeStatus(status: number, unlistedCode?: string): Refused | Unknown {
  const refusal = REFUSING_STATUSES.get(status);
  if (refusal) return { kind: 'refused', ...refusal, ...(unlistedCode && { unlistedCode }) };
  if (unlistedCode) {
    const detail = `ANTS answered with an error that this version does not know (HTTP ${status}).`;
    return unknown(detail, { unlistedCode });
  }
  return unknown(`ANTS' answer could not be understood (HTTP ${status}).`);
}

type Refused = Extract<SendOutcome, { kind: 'refused' }>;
type Unknown = Extract<SendOutcome, { kind: 'unknown' }>;

function unknown(detail: string, codes: NamedCodes = {}): Unknown {
  return { kind: 'unknown', ...codes, detail };
}

function readBody(body: string): JsonObject | undefined {
  const json = parseJson(body, Number);
  return isJsonObject(json) ? json : undefined;
}

/** An opaque id: text that can be stored and shown, as it came. */
function readId(value: Json | undefined): string | undefined {
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  return /^[^\p{Cc}\p{Cs}]{1,100}$/u.test(value) ? value : undefined;
}

function isPresent(value: Json | undefined): boolean {
  return value !== undefined && value !== null && value !== false && value !== '';
}

function isSuccessStatus(status: number): boolean {
  return status >= 200 && status < 300;
}
