import { Module } from '@nestjs/common';
import { SessionsModule } from '../sessions/sessions.module.js';
import { UsersService } from '../users/users.service.js';
import { LoginController } from './login.controller.js';
import { LoginPageController } from './login-page.controller.js';

@Module({
  imports: [SessionsModule],
  controllers: [LoginController, LoginPageController],
  providers: [UsersService],
})
export class LoginModule {}
