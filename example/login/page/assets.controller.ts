import { Controller, Get, Header } from '@nestjs/common';
import { LOGIN_SCRIPT } from './login.script.js';
import { LOGIN_STYLE } from './login.style.js';

/** Script and style are files of their own, so that the policy of the pages can be strict. */
@Controller()
export class AssetsController {
  @Get('login.js')
  @Header('Content-Type', 'text/javascript; charset=utf-8')
  @Header('X-Content-Type-Options', 'nosniff')
  script(): string {
    return LOGIN_SCRIPT;
  }

  @Get('login.css')
  @Header('Content-Type', 'text/css; charset=utf-8')
  @Header('X-Content-Type-Options', 'nosniff')
  style(): string {
    return LOGIN_STYLE;
  }
}
