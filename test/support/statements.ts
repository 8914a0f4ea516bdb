import type { INestApplication } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** The part of TypeORM's driver that holds the pool. */
interface Pooled {
  driver: { master: { on: (event: 'acquire', listener: () => void) => void } };
}

/** Counts the statements of an app from now on: the store takes a connection for one statement each. */
export function countStatements(app: INestApplication): () => number {
  let statements = 0;
  app.get<typeof DataSource, Pooled>(DataSource).driver.master.on('acquire', () => {
    statements += 1;
  });
  return () => statements;
}
