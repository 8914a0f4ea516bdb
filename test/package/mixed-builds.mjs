// Runs beside the unpacked tarball: a guard of one build must see what the decorator of the other wrote.
import 'reflect-metadata';
import { createRequire } from 'node:module';
import { Reflector } from '@nestjs/core';

const esm = await import('nestjs-ants-otp');
const cjs = createRequire(import.meta.url)('nestjs-ants-otp');
if (esm.OtpGuard === cjs.OtpGuard) throw new Error('import and require give one build');

for (const [decorates, guards] of [
  [esm, cjs],
  [cjs, esm],
]) {
  class Route {
    open() {}
  }
  const open = Object.getOwnPropertyDescriptor(Route.prototype, 'open');
  decorates.RequireOtp('login')(Route.prototype, 'open', open);
  const settings = { proof: { from: 'header', header: 'x-otp-proof' }, refusalStatus: 401 };
  const app = { get: (token) => (token.endsWith(':OtpSettings') ? settings : {}) };
  const guard = new guards.OtpGuard(new Reflector(), app);
  const http = { getRequest: () => ({ headers: {} }), getResponse: () => ({ header: () => {} }) };
  const context = {
    ...{ getHandler: () => Route.prototype.open, getClass: () => Route },
    ...{ getType: () => 'http', switchToHttp: () => http },
  };
  const refusal = await guard.canActivate(context).catch((error) => error);
  if (!decorates.isOtpException(refusal) || refusal.code !== 'proof_required')
    throw new Error(`the guard of the other build answers ${refusal}`);
}
console.log('a guard of one build is closed by the decorator of the other');
