import { IsInt, IsPositive, Matches } from 'class-validator';

/** `POST /transfers/otp` and `POST /transfers`: both must say the same, or the proof does not fit. */
export class TransferDto {
  /** An account number. */
  @Matches(/^\d{10}$/)
  to!: string;

  /** Satang. */
  @IsInt()
  @IsPositive()
  amount!: number;
}
