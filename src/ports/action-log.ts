import type { OperatorAction } from '../domain/operator-action.js';

/** An action that is about to be done; the store gives it its time. */
export type NewOperatorAction = Omit<OperatorAction, 'at'> & { instance: string };

/** Who did what by hand. It only grows. */
export abstract class ActionLog {
  abstract record(action: NewOperatorAction): Promise<void>;
  /** The newest first, at most `limit`. */
  abstract newest(instance: string, limit: number): Promise<OperatorAction[]>;
  /** What was done to one OTP, the newest first, at most `limit`. */
  abstract about(instance: string, otpId: string, limit: number): Promise<OperatorAction[]>;
}
