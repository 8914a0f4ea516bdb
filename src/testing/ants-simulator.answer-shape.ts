import { ANTS_MESSAGES } from '../domain/ants-code.js';

/** How answers are written where public programs and ANTS' pages disagree. */
export interface AntsAnswerShape {
  /** Case of every key; `camel` (`otpId`) is the documented one, `pascal` is `OtpId`. @default 'camel' */
  keyCase: 'camel' | 'pascal' | 'lower' | 'upper';
  /**
   * A failure's fields stand in `error`, as documented, or at the `root`; under `status` there too, with
   * the code in a field `status`. @default 'error'
   */
  failurePlace: 'error' | 'root' | 'status';
  /** `"0301"`, `"301"`, `301`, or no code at all and the message alone. @default 'padded' */
  codeForm: 'padded' | 'short' | 'number' | 'none';
  /** Language of every message and description, with ANTS' documented texts. @default 'en' */
  messageLanguage: 'en' | 'th';
  /** The second one is an old misspelling of ANTS' own. @default 'referenceCode' */
  referenceKey: 'referenceCode' | 'referrenceCode';
  /**
   * `documented`: `isErrorCount` says attempts used up, as most public programs read it. `wrong`: every
   * wrong code has it too. `swapped` exchanges it and `isExprCode`. @default 'documented'
   */
  verifyFlags: 'documented' | 'wrong' | 'swapped';
}

/** Writes a documented answer in the shape that is set. */
export function shapeAnswer(body: object, shape: AntsAnswerShape): object {
  if (shape.failurePlace === 'root' && isFailure(body)) return rewrite(body.error, shape);
  if (shape.failurePlace === 'status' && isFailure(body)) return codeAsStatus(body, shape);
  const flagged = shape.verifyFlags === 'wrong' && isWrong(body);
  return rewrite(flagged ? { ...body, isErrorCount: true } : body, shape);
}

function codeAsStatus({ error }: { error: object }, shape: AntsAnswerShape): object {
  const entries = Object.entries(rewrite(error, { ...shape, keyCase: 'camel' }));
  return Object.fromEntries(
    entries.map(([key, value]) => [caseOf(key === 'code' ? 'status' : key, shape.keyCase), value]),
  );
}

function isFailure(body: object): body is { error: object } {
  return 'error' in body;
}

/** A check that failed by anything but time. */
function isWrong(body: { result?: unknown; isExprCode?: unknown }): boolean {
  return body.result === false && body.isExprCode === false;
}

function rewrite(body: object, shape: AntsAnswerShape): object {
  return Object.fromEntries(
    Object.entries(body).flatMap(([key, value]: [string, unknown]) => {
      const name = caseOf(nameOf(key, shape), shape.keyCase);
      if (key === 'code')
        return shape.codeForm === 'none' ? [] : [[name, codeOf(String(value), shape.codeForm)]];
      if (shape.messageLanguage === 'th' && TEXT_KEYS.includes(key)) return [[name, inThai(value)]];
      const isObject = typeof value === 'object' && value !== null;
      return [[name, isObject ? rewrite(value, shape) : value]];
    }),
  );
}

const TEXT_KEYS = ['message', 'description'];

/** The documented Thai message in place of the English one; any other text as it is. */
function inThai(value: unknown): unknown {
  return Object.values(ANTS_MESSAGES).find(({ en }) => en === value)?.th ?? value;
}

function nameOf(key: string, { referenceKey, verifyFlags }: AntsAnswerShape): string {
  if (key === 'referenceCode') return referenceKey;
  if (verifyFlags === 'swapped' && key === 'isErrorCount') return 'isExprCode';
  if (verifyFlags === 'swapped' && key === 'isExprCode') return 'isErrorCount';
  return key;
}

function codeOf(code: string, form: Exclude<AntsAnswerShape['codeForm'], 'none'>): string | number {
  switch (form) {
    case 'padded':
      return code;
    case 'short':
      return String(Number(code));
    case 'number':
      return Number(code);
  }
}

function caseOf(key: string, keyCase: AntsAnswerShape['keyCase']): string {
  switch (keyCase) {
    case 'camel':
      return key;
    case 'pascal':
      return key.charAt(0).toUpperCase() + key.slice(1);
    case 'lower':
      return key.toLowerCase();
    case 'upper':
      return key.toUpperCase();
  }
}
