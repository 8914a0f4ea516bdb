import { randomUUID } from 'node:crypto';
import { Body, Controller, HttpCode, Ip, Param, Post, Res } from '@nestjs/common';
import { OtpService } from 'nestjs-ants-otp';
import type { OtpChallenge } from 'nestjs-ants-otp';
import { writeSessionCookie } from '../sessions/session.cookie.js';
import type { CookieResponse } from '../sessions/session.cookie.js';
import { SESSION_LIFETIME, SessionService } from '../sessions/session.service.js';
import type { User } from '../users/user.js';
import { UsersService } from '../users/users.service.js';
import { LoginDto } from './dto/login.dto.js';
import { RequestLoginDto } from './dto/request-login.dto.js';
import { ResendLoginDto } from './dto/resend-login.dto.js';

/** Sign in, and up, by mobile number. Every refusal is an `OtpException` that answers by itself. */
@Controller('login')
export class LoginController {
  constructor(
    private readonly otps: OtpService,
    private readonly users: UsersService,
    private readonly sessions: SessionService,
  ) {}

  /** Sends a code. The answer's `id` and `ticket` belong to the browser that asked. */
  @Post('otp')
  request(@Body() { mobile }: RequestLoginDto, @Ip() ip: string): Promise<OtpChallenge> {
    // The app's own reference: it goes to ANTS and comes back in reports, events and `status()`.
    return this.otps.request({
      mobile,
      ip,
      purpose: 'login',
      callbackData: `login-${randomUUID()}`,
    });
  }

  @Post('otp/:id/resend')
  @HttpCode(200)
  resend(@Param('id') id: string, @Body() { ticket }: ResendLoginDto): Promise<OtpChallenge> {
    return this.otps.resend(id, { ticket });
  }

  /** Checks the code and starts the app's own session for the number that was proven. */
  @Post()
  @HttpCode(200)
  async login(
    @Body() { id, code, ticket }: LoginDto,
    @Res({ passthrough: true }) response: CookieResponse,
  ): Promise<{ user: User }> {
    const { mobile } = await this.otps.verify(id, code, { ticket, purpose: 'login' });
    const user = this.users.findOrCreate(mobile);
    writeSessionCookie(response, this.sessions.start(user), SESSION_LIFETIME);
    return { user };
  }
}
