import { Module } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { adapterOf } from '../harness/adapter.js';
import type { AdapterName } from '../harness/adapter.js';
import { answerParent } from '../harness/answer-parent.js';
import { QUIET } from '../harness/quiet.js';
import { FloorController } from './floor.controller.js';
import { FloorAnts } from './floor-ants.js';
import { FloorDatabase } from './floor-database.js';
import type { RecordedFlows } from './recorded-flows.js';

export interface FloorAppOptions {
  adapter: AdapterName;
  databaseUrl: string;
  antsUrl: string;
  flows: RecordedFlows;
}

let app: INestApplication | undefined;
let database: FloorDatabase | undefined;

answerParent<FloorAppOptions>({
  start: async ({ adapter, databaseUrl, antsUrl, flows }) => {
    const floor = new FloorDatabase(databaseUrl, flows);
    const ants = new FloorAnts(antsUrl);
    @Module({
      controllers: [FloorController],
      providers: [
        { provide: FloorDatabase, useValue: floor },
        { provide: FloorAnts, useValue: ants },
      ],
    })
    class RootModule {}
    database = floor;
    app = await NestFactory.create(RootModule, adapterOf(adapter), QUIET);
    await app.listen(0, '127.0.0.1');
  },
  stop: async () => {
    await app?.close();
    await database?.close();
  },
  questions: { url: () => app?.getUrl() },
});
