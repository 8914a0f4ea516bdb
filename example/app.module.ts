import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { TypeOrmModule } from '@nestjs/typeorm';
import { otpConfig, OtpModule } from 'nestjs-ants-otp';
import { otpMigrations } from 'nestjs-ants-otp/migrations';
import { LoginModule } from './login/login.module.js';
import { TransfersModule } from './transfers/transfers.module.js';

@Module({
  imports: [
    ConfigModule.forRoot(),
    TypeOrmModule.forRoot({
      type: 'postgres',
      url: process.env.DATABASE_URL,
      autoLoadEntities: true,
      migrations: otpMigrations,
      migrationsRun: true,
    }),
    OtpModule.forRootAsync(otpConfig.asProvider()),
    LoginModule,
    TransfersModule,
  ],
})
export class AppModule {}
