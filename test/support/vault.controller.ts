import { Controller, HttpCode, Post, UseGuards } from '@nestjs/common';
import { OtpGuard, RequireOtp } from 'nestjs-ants-otp';

/** The guarded route that `OtpClient.openVault` calls. */
@Controller('vault')
export class VaultController {
  @Post()
  @HttpCode(200)
  @UseGuards(OtpGuard)
  @RequireOtp('default')
  open(): object {
    return { opened: true };
  }
}
