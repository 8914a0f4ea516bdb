import { Module } from '@nestjs/common';
import { SessionsModule } from '../sessions/sessions.module.js';
import { TransfersController } from './transfers.controller.js';
import { TransfersService } from './transfers.service.js';

@Module({
  imports: [SessionsModule],
  controllers: [TransfersController],
  providers: [TransfersService],
})
export class TransfersModule {}
