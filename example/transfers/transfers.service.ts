import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { OtpProof } from 'nestjs-ants-otp';
import type { User } from '../users/user.js';
import type { TransferDto } from './dto/transfer.dto.js';

export interface Transfer {
  id: string;
  userId: string;
  to: string;
  /** Satang. */
  amount: number;
  /** The OTP that confirmed it: `OtpService.history()` tells the rest to an auditor. */
  confirmedBy: string;
  confirmedAt: Date;
}

/** Where the money would move; in memory. */
@Injectable()
export class TransfersService {
  private readonly transfers: Transfer[] = [];

  make(user: User, { to, amount }: TransferDto, proof: OtpProof): Transfer {
    const transfer = {
      id: randomUUID(),
      userId: user.id,
      to,
      amount,
      confirmedBy: proof.id,
      confirmedAt: proof.verifiedAt,
    };
    this.transfers.push(transfer);
    return transfer;
  }

  of(user: User): Transfer[] {
    return this.transfers.filter(({ userId }) => userId === user.id);
  }
}
