import { APP_GUARD } from '@nestjs/core';
import { SkipThrottle, ThrottlerGuard, ThrottlerModule } from '@nestjs/throttler';
import { bootApp, nextMobile } from '../support/app.js';
import type { AdapterName } from '../support/app.js';

/**
 * The real `@nestjs/throttler`, global and strict. It is CommonJS and requires Nest, which is ESM:
 * plain Node loads it, Jest on Node 20 does not. Prints the statuses of ten reports in a row.
 */
const adapter = process.argv[2] as AdapterName;
const decorators = process.argv[3] === 'skip' ? [SkipThrottle()] : [];
const t = await bootApp({
  adapter,
  imports: [ThrottlerModule.forRoot([{ ttl: 60_000, limit: 3 }])],
  providers: [{ provide: APP_GUARD, useClass: ThrottlerGuard }],
  extras: { webhook: { decorators } },
});
const mobile = nextMobile();
await t.otps.request({ mobile });
await t.simulator.reportsSettled();
const statuses: number[] = [];
for (let n = 0; n < 10; n++)
  statuses.push(...(await t.simulator.report(t.simulator.lastSms(mobile)!, { status: 'PENDING' })));
console.log(JSON.stringify(statuses));
await t.close();
