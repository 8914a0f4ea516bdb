import { Inject, Injectable, Module } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { InjectOtp, OtpService } from 'nestjs-ants-otp';
import { OtpTestingModule } from 'nestjs-ants-otp/testing';

/** Has asked each module for one OTP when the app has started. */
@Injectable()
class Asks implements OnModuleInit {
  constructor(
    @Inject(OtpService) private readonly customers: OtpService,
    @InjectOtp('staff') private readonly staff: OtpService,
  ) {}

  async onModuleInit(): Promise<void> {
    const ask = { mobile: '081-234-5678', subject: 'x' };
    await this.customers.request({ ...ask, purpose: 'of-customers' });
    await this.staff.request({ ...ask, purpose: 'of-staff' });
  }
}

@Module({
  imports: [OtpTestingModule.forTest(), OtpTestingModule.forTest({ name: 'staff' })],
  providers: [Asks],
})
export class AppModule {}
