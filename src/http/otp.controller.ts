import {
  Body,
  Controller,
  Get,
  Headers,
  HttpCode,
  Inject,
  Ip,
  Param,
  Post,
  Res,
  UseFilters,
  UseGuards,
  UsePipes,
} from '@nestjs/common';
import type { Type } from '@nestjs/common';
import { words } from '../domain/words.js';
import { OtpSettings } from '../options/otp.settings.js';
import { DEFAULT_INSTANCE } from '../service/instance-name.js';
import { InjectOtp } from '../service/instances.js';
import { OtpException } from '../service/otp.exception.js';
import type { OtpService } from '../service/otp.service.js';
import type { OtpChallenge, OtpVerification } from '../service/otp.api.js';
import { bodyPipe } from './body.pipe.js';
import { JsonOnlyGuard } from './json-only.guard.js';
import { RequestOtpDto } from './dto/request-otp.dto.js';
import { ResendOtpDto } from './dto/resend-otp.dto.js';
import { VerifyOtpDto } from './dto/verify-otp.dto.js';
import type { AdapterResponse } from './raw-response.js';
import { ApiRoute } from './openapi/api-route.decorator.js';
import { OtpErrorDto } from './openapi/otp-error.model.js';
import { READY_ROUTES } from './openapi/ready-routes.js';
import { showModels } from './openapi/swagger-metadata.js';
import { OtpLanguages } from '../service/otp-languages.js';
import { OtpExceptionFilter } from './otp-exception.filter.js';
import { SkipOtp } from './skip-otp.decorator.js';
import { statusBody } from './status-body.js';
import type { OtpStatusBody } from './status-body.js';
import { StatusStreams } from './status-streams.js';

/** What a client gets for a right code. */
export type OtpVerificationBody = Pick<
  OtpVerification,
  'proof' | 'purpose' | 'verifiedAt' | 'repeated'
>;

/** The ready HTTP API (`routes: true`); its path is known only when the module is defined. */
export function otpController(path: string, instance: string): Type<unknown> {
  @Controller(path)
  @UseFilters(OtpExceptionFilter)
  @UseGuards(JsonOnlyGuard)
  @UsePipes(bodyPipe())
  @SkipOtp()
  class OtpController {
    constructor(
      @InjectOtp(instance) private readonly otps: OtpService,
      @Inject(OtpSettings) private readonly settings: OtpSettings,
      @Inject(StatusStreams) private readonly streams: StatusStreams,
      @Inject(OtpLanguages) private readonly languages: OtpLanguages,
    ) {}

    // First of all: by this route `routes-body.ts` knows where the others are.
    @Post(':otpId/resend')
    @HttpCode(200)
    @ApiRoute(READY_ROUTES.resend)
    resend(@Param('otpId') id: string, @Body() { ticket }: ResendOtpDto): Promise<OtpChallenge> {
      return this.otps.resend(id, { ticket });
    }

    @Post(':otpId/verify')
    @HttpCode(200)
    @ApiRoute(READY_ROUTES.verify)
    async verify(
      @Param('otpId') id: string,
      @Body() { code, ticket }: VerifyOtpDto,
    ): Promise<OtpVerificationBody> {
      const { proof, purpose, verifiedAt, repeated } = await this.otps.verify(id, code, { ticket });
      return { proof, purpose, verifiedAt, repeated };
    }

    @Post()
    @HttpCode(201)
    @ApiRoute(READY_ROUTES.request)
    request(@Body() dto: RequestOtpDto, @Ip() ip: string | undefined): Promise<OtpChallenge> {
      this.checkPurpose(dto.purpose);
      const { mobile, purpose, callbackData, idempotencyKey, captcha } = dto;
      const context = captcha === undefined ? {} : { captcha };
      return this.otps.request({ mobile, purpose, callbackData, idempotencyKey, ip, context });
    }

    @Get(':otpId')
    @ApiRoute(READY_ROUTES.status)
    async status(
      @Param('otpId') id: string,
      @Headers('x-otp-ticket') ticket: string | undefined,
      @Headers('accept-language') language: string | undefined,
    ): Promise<OtpStatusBody> {
      const view = await this.otps.status(id, { ticket });
      return statusBody(view, this.languages.of(language), this.languages);
    }

    /** Writes to the response itself; what it returns is only what interceptors of the app see. */
    @Get(':otpId/events')
    @ApiRoute(READY_ROUTES.events)
    events(
      @Param('otpId') id: string,
      @Headers('x-otp-ticket') ticket: string | undefined,
      @Headers('accept-language') language: string | undefined,
      @Ip() ip: string | undefined,
      @Res() response: AdapterResponse,
    ): Promise<OtpStatusBody> {
      return this.streams.start({
        ...{ id, ticket, ip, response },
        language: this.languages.of(language),
      });
    }

    /** A purpose of the client's own making would have a cool-down of its own, for ever fresh. */
    private checkPurpose(purpose: string | undefined): void {
      if (purpose === undefined || this.settings.purposes.includes(purpose)) return;
      throw new OtpException({
        code: 'invalid_request',
        detail: words(
          'This purpose is not offered here: list it in the module option "purposes".',
          'ไม่เปิดให้ใช้ purpose นี้ที่นี่ กรุณาเพิ่มในตัวเลือก "purposes" ของโมดูล',
        ),
      });
    }
  }
  showModels(OtpController, [OtpErrorDto]);
  // In logs and in the ids of an OpenAPI document, which must be unique.
  if (instance !== DEFAULT_INSTANCE)
    Object.defineProperty(OtpController, 'name', { value: `OtpController_${instance}` });
  return OtpController;
}
