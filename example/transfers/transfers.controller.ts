import { randomUUID } from 'node:crypto';
import { Body, Controller, Get, HttpCode, Ip, Param, Post, UseGuards } from '@nestjs/common';
import {
  JsonOnlyGuard,
  OtpGuard,
  OtpProof,
  OtpService,
  RequireOtp,
  VerifiedOtp,
} from 'nestjs-ants-otp';
import type { OtpChallenge } from 'nestjs-ants-otp';
import { CurrentUser } from '../sessions/current-user.decorator.js';
import { SessionGuard } from '../sessions/session.guard.js';
import type { User } from '../users/user.js';
import { TransferDto } from './dto/transfer.dto.js';
import { VerifyTransferDto } from './dto/verify-transfer.dto.js';
import { TRANSFER, transferRequirement } from './transfer-requirement.js';
import { TransfersService } from './transfers.service.js';
import type { Transfer } from './transfers.service.js';

/** A step-up: a signed-in user confirms one transfer with a code, and the proof opens only that one. */
@Controller('transfers')
@UseGuards(JsonOnlyGuard, SessionGuard)
export class TransfersController {
  constructor(
    private readonly otps: OtpService,
    private readonly transfers: TransfersService,
  ) {}

  /** Sends a code to the user's own number, never to one from the body. */
  @Post('otp')
  request(
    @CurrentUser() user: User,
    @Body() { to, amount }: TransferDto,
    @Ip() ip: string,
  ): Promise<OtpChallenge> {
    return this.otps.request({
      mobile: user.mobile,
      purpose: TRANSFER,
      subject: user.id,
      binding: { to, amount },
      callbackData: `transfer-${randomUUID()}`,
      ip,
    });
  }

  /** Only the user who asked holds the OTP; the answer's proof goes into `X-OTP-Proof`. */
  @Post('otp/:id/verify')
  @HttpCode(200)
  async verify(
    @CurrentUser() user: User,
    @Param('id') id: string,
    @Body() { code }: VerifyTransferDto,
  ): Promise<{ proof: string }> {
    const { proof } = await this.otps.verify(id, code, { subject: user.id });
    return { proof };
  }

  @Post()
  @UseGuards(OtpGuard)
  @RequireOtp(TRANSFER, transferRequirement)
  make(
    @CurrentUser() user: User,
    @Body() transfer: TransferDto,
    @VerifiedOtp() proof: OtpProof,
  ): Transfer {
    return this.transfers.make(user, transfer, proof);
  }

  @Get()
  list(@CurrentUser() user: User): Transfer[] {
    return this.transfers.of(user);
  }
}
