import { Controller, Get, Header } from '@nestjs/common';
import { LOGIN_PAGE } from './login.page.js';
import { LOGIN_SCRIPT } from './login.script.js';
import { LOGIN_STYLE } from './login.style.js';

/** The page at `/`. Script and style are files of their own, so that the policy can be strict. */
@Controller()
export class LoginPageController {
  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Content-Security-Policy', "default-src 'self'; frame-ancestors 'none'")
  page(): string {
    return LOGIN_PAGE;
  }

  @Get('login.js')
  @Header('Content-Type', 'text/javascript; charset=utf-8')
  script(): string {
    return LOGIN_SCRIPT;
  }

  @Get('login.css')
  @Header('Content-Type', 'text/css; charset=utf-8')
  style(): string {
    return LOGIN_STYLE;
  }
}
