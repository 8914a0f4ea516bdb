import type { INestApplication } from '@nestjs/common';
import { answerParent } from '../harness/answer-parent.js';
import { startModuleApp } from '../limit/module-app.js';
import type { ModuleAppOptions } from '../limit/module-app.js';
import { SendingProvider } from './sending.provider.js';
import { senderTo } from './sender.js';
import type { Sender } from './sender.js';

export interface PeerOptions extends Pick<ModuleAppOptions, 'databaseUrl'> {
  /** Where codes are sent; without it sending costs nothing. */
  stubUrl?: string | undefined;
}

let app: INestApplication | undefined;
let sender: Sender | undefined;

answerParent<PeerOptions>({
  start: async ({ databaseUrl, stubUrl }) => {
    sender = senderTo(stubUrl);
    const otp = { provider: new SendingProvider(sender) };
    app = await startModuleApp({
      adapter: 'express',
      databaseUrl,
      antsUrl: 'http://127.0.0.1',
      otp,
    });
  },
  stop: async () => app?.close(),
  questions: { url: () => app?.getUrl(), codes: () => sender?.codes() },
});
