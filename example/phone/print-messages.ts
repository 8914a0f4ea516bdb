import { setInterval } from 'node:timers';
import type { AntsSimulator } from 'nestjs-ants-otp/testing';

/** Prints every simulated SMS, so that a person can type its code into the browser. */
export function printMessages(simulator: AntsSimulator): () => Promise<void> {
  let printed = 0;
  const timer = setInterval(() => {
    for (const { to, text } of simulator.inbox.slice(printed))
      console.log(`[SMS to 0${to.slice(2, 3)}x-xxx-${to.slice(-4)}] ${text}`);
    printed = simulator.inbox.length;
  }, 200);
  return () => {
    clearInterval(timer);
    return Promise.resolve();
  };
}
