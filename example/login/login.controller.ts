import { Body, Controller, HttpCode, Ip, Param, Post, Res, UseGuards } from '@nestjs/common';
import { JsonOnlyGuard } from 'nestjs-ants-otp';
import type { OtpChallenge } from 'nestjs-ants-otp';
import type { CookieResponse } from '../cookies.js';
import { writeSessionCookie } from '../sessions/session.cookie.js';
import { SESSION_LIFETIME } from '../sessions/session.service.js';
import type { User } from '../users/user.js';
import { LoginDto } from './dto/login.dto.js';
import { RequestLoginDto } from './dto/request-login.dto.js';
import { ResendLoginDto } from './dto/resend-login.dto.js';
import { LoginService } from './login.service.js';

/** The login as JSON, for an app on a phone or a page of your own framework. */
@Controller('login')
@UseGuards(JsonOnlyGuard)
export class LoginController {
  constructor(private readonly logins: LoginService) {}

  @Post('otp')
  request(@Body() { mobile }: RequestLoginDto, @Ip() ip: string): Promise<OtpChallenge> {
    return this.logins.request({ mobile, ip });
  }

  @Post('otp/:id/resend')
  @HttpCode(200)
  resend(@Param('id') id: string, @Body() { ticket }: ResendLoginDto): Promise<OtpChallenge> {
    return this.logins.resend(id, ticket);
  }

  @Post()
  @HttpCode(200)
  async login(
    @Body() { id, code, ticket }: LoginDto,
    @Res({ passthrough: true }) response: CookieResponse,
  ): Promise<{ user: User }> {
    const { user, session } = await this.logins.enter(id, ticket, code);
    writeSessionCookie(response, session, SESSION_LIFETIME);
    return { user };
  }
}
