import { FloorAnts } from '../limit/floor-ants.js';

/** What both sides send a code by: the same call over HTTP, or nothing at all. */
export interface Sender {
  send(mobile: string, code: string): Promise<void>;
  /** The codes since it was last asked, by number: what a user reads in the SMS. */
  codes(): Map<string, string>;
}

/** @param url of the stub; without one an SMS costs nothing */
export function senderTo(url: string | undefined): Sender {
  const http = url === undefined ? null : new FloorAnts(url);
  let sent = new Map<string, string>();
  return {
    async send(mobile, code) {
      sent.set(mobile, code);
      await http?.post('/otp/requestOTP', { otcId: 'peers', mobile, code });
    },
    codes() {
      const taken = sent;
      sent = new Map();
      return taken;
    },
  };
}
