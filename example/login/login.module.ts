import { Module } from '@nestjs/common';
import { PhoneModule } from '../phone/phone.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { UsersService } from '../users/users.service.js';
import { LoginController } from './login.controller.js';
import { LoginService } from './login.service.js';
import { AccountController } from './page/account.controller.js';
import { AssetsController } from './page/assets.controller.js';
import { CodeController } from './page/code.controller.js';
import { CodeStates } from './page/code-states.js';
import { NumberController } from './page/number.controller.js';
import { Refusals } from './page/refusals.js';

@Module({
  imports: [SessionsModule, PhoneModule],
  controllers: [
    LoginController,
    NumberController,
    CodeController,
    AccountController,
    AssetsController,
  ],
  providers: [UsersService, LoginService, CodeStates, Refusals],
})
export class LoginModule {}
