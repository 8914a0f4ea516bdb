/** What an operator can do to an OTP, its person or its range of numbers. */
export const OPERATOR_ACTIONS = ['cancel', 'unlock', 'unblock', 'erase', 'unmask'] as const;
/** One of them. */
export type OperatorActionName = (typeof OPERATOR_ACTIONS)[number];

/** An actor's id is at most this long, in UTF-16 units. */
export const MOST_ACTOR = 64;

/** One thing that an operator did. It names nobody but the operator. */
export interface OperatorAction {
  /** uuid v7. */
  id: string;
  at: Date;
  /** The app's own id of who did it. */
  actor: string;
  action: OperatorActionName;
  /** `null` for what is about no OTP. */
  otpId: string | null;
  /** The key of the stop that was lifted. */
  stopKey: string | null;
}

/** Whether a text can name who acts: it is shown in tables and in lines of text. */
export function isActor(actor: unknown): actor is string {
  return (
    typeof actor === 'string' &&
    actor.trim() !== '' &&
    actor.length <= MOST_ACTOR &&
    !/\p{C}/u.test(actor)
  );
}
