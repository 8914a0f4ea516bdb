import { Injectable } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { Telemetry } from '../ports/telemetry.js';
import { ProviderBalance } from './provider-balance.js';
import { ProviderGate } from './provider-gate.js';

/** Shows the state of the provider to whoever collects metrics. */
@Injectable()
export class ProviderGauges implements OnModuleInit, BeforeApplicationShutdown {
  private stop: () => void = () => undefined;
  private closed = false;

  constructor(
    private readonly telemetry: Telemetry,
    private readonly gate: ProviderGate,
    private readonly balance: ProviderBalance,
  ) {}

  onModuleInit(): void {
    // An app can be closed while it still starts.
    if (this.closed) return;
    this.stop = this.telemetry.watch(() => {
      const balance = this.balance.look();
      const credit = balance === null || balance.postpaid ? null : balance.credit;
      return { circuit: this.gate.health.circuit, credit };
    });
  }

  beforeApplicationShutdown(): void {
    this.closed = true;
    this.stop();
  }
}
