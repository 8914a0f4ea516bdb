import { Body, Controller, HttpCode, Inject, Ip, Param, Post } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { FloorAnts } from './floor-ants.js';
import { FloorDatabase } from './floor-database.js';

interface Report {
  details: { to: string }[];
}

/**
 * The floor: what is left of the four routes when nothing is checked, signed, sealed or decided. It runs the
 * statements that the module was seen to run, makes the same calls and answers as many bytes.
 */
@Controller('otp')
export class FloorController {
  constructor(
    @Inject(FloorDatabase) private readonly database: FloorDatabase,
    @Inject(FloorAnts) private readonly ants: FloorAnts,
  ) {}

  @Post()
  @HttpCode(201)
  async request(@Body() { mobile }: { mobile: string }, @Ip() ip: string): Promise<object> {
    const { before, settle, answer, call } = this.database.flow('request');
    const subject = { id: uuidv7(), mobile, ip };
    await before(subject);
    const { otpId } = await this.ants.post(call.path, {
      ...call.body,
      mobile: `66${mobile.slice(1)}`,
      notifyUrl: `https://app.example.com/otp/delivery-reports/${subject.id}`,
    });
    await settle({ ...subject, otpId });
    return { ...answer, id: subject.id };
  }

  @Post(':id/resend')
  @HttpCode(200)
  async resend(@Param('id') id: string): Promise<object> {
    const { before, settle, answer, call } = this.database.flow('resend');
    const reserved = await before({ id });
    const { otpId } = await this.ants.post(call.path, { otpId: reserved['provider_otp_id'] });
    await settle({ id, otpId });
    return { ...answer, id };
  }

  @Post(':id/verify')
  @HttpCode(200)
  async verify(@Param('id') id: string, @Body() { code }: { code: string }): Promise<object> {
    const { before, settle, answer, call } = this.database.flow('verify');
    const otpId = String((await before({ id }))['provider_otp_id']);
    await this.ants.post(call.path, { otpId, otpCode: code });
    await settle({ id, otpId });
    return answer;
  }

  @Post('delivery-reports/:id')
  @HttpCode(200)
  async webhook(@Param('id') id: string, @Body() { details }: Report): Promise<void> {
    const mobile = `0${details[0]?.to.slice(2) ?? ''}`;
    await this.database.flow('webhook').settle({ id, mobile });
  }
}
