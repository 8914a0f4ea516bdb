import type { INestApplication } from '@nestjs/common';
import { answerParent } from '../harness/answer-parent.js';
import { CpuProfile } from '../harness/cpu-profile.js';
import { startModuleApp } from './module-app.js';
import type { ModuleAppOptions } from './module-app.js';

const profile = new CpuProfile();
let app: INestApplication | undefined;

answerParent<ModuleAppOptions>({
  start: async (options) => {
    app = await startModuleApp(options);
  },
  stop: async () => app?.close(),
  questions: {
    url: () => app?.getUrl(),
    startProfile: () => profile.start(),
    stopProfile: () => profile.stop(),
  },
});
