import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';

export const ADAPTERS = ['express', 'fastify'] as const;
export type AdapterName = (typeof ADAPTERS)[number];

/** An adapter that takes a proxy's word for who the client is, as behind a load balancer. */
export function adapterOf(name: AdapterName): ExpressAdapter | FastifyAdapter {
  if (name === 'fastify') return new FastifyAdapter({ trustProxy: true });
  const express = new ExpressAdapter();
  express.set('trust proxy', true);
  return express;
}
