import { Inject, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { httpAdapterOf } from '../http/http-adapter.js';
import { KeptBodies } from '../http/kept-body.js';
import type { FastifyRoute } from '../http/kept-body.js';

/** The console's path, without the app's prefix: the token to inject it by. */
export class ConsolePath {
  constructor(readonly value: string) {}
}

interface FastifyInstance {
  addHook(name: 'onRoute', hook: (route: FastifyRoute) => void): void;
}

/** Lets the console's forms be sent to an app whose platform reads bodies before Fastify does. */
@Injectable()
export class ConsoleBody {
  constructor(
    @Inject(HttpAdapterHost) host: HttpAdapterHost,
    @Inject(ConsolePath) path: ConsolePath,
  ) {
    const bodies = new KeptBodies();
    host.init$.subscribe(() => {
      const adapter = httpAdapterOf(host);
      if (adapter?.getType() === 'fastify')
        adapter.getInstance<FastifyInstance>().addHook('onRoute', (route) => {
          if (route.url.includes(`/${path.value}/`)) bodies.serve(route);
        });
    });
  }
}
