import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { MAX_NOTIFY_URL } from '../options/notify.js';
import { fail } from '../options/config-error.js';
import { OtpSettings } from '../options/otp.settings.js';
import { WebhookAddress } from '../ports/webhook-address.js';
import { KeyRing, WEBHOOK_TOKEN_LENGTH } from '../service/key-ring.js';
import { httpAdapterOf } from './http-adapter.js';

/** The webhook's path as the app gave it, without prefix: the token to inject it by. */
export class WebhookPath {
  constructor(readonly value: string) {}
}

interface ExpressRoute {
  route?: { path?: unknown; methods?: Record<string, boolean> };
}
interface FastifyRoute {
  url: string;
  method: string | string[];
}
interface FastifyInstance {
  addHook(name: 'onRoute', hook: (route: FastifyRoute) => void): void;
}

/**
 * Knows where the webhook really is: with the app's global prefix, its exclusions, a RouterModule.
 * The path is read off the adapter's own routes, never rebuilt from the settings that made them.
 */
@Injectable()
export class MountedWebhook extends WebhookAddress implements OnModuleInit {
  private mounted: string | null = null;

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly keys: KeyRing,
    private readonly settings: OtpSettings,
    private readonly path: WebhookPath,
  ) {
    super();
    // Fastify tells its routes only while they are made.
    host.init$.subscribe(() => {
      const adapter = httpAdapterOf(host);
      if (adapter?.getType() === 'fastify')
        adapter.getInstance<FastifyInstance>().addHook('onRoute', (route) => {
          if ([route.method].flat().includes('POST')) this.notice(route.url);
        });
    });
  }

  onModuleInit(): void {
    for (const path of this.expressPaths()) this.notice(path);
    // An application context without HTTP has no routes of its own; another process receives.
    if (httpAdapterOf(this.host) === null) this.mounted = `/${this.path.value}`;
    if (this.settings.publicUrl === null) return;
    if (this.mounted === null)
      fail(
        'webhook.path',
        this.path.value,
        'a path that this app routes: no POST route ends with it, so no delivery report could arrive',
      );
    const length = this.settings.publicUrl.length + this.mounted.length + 1 + WEBHOOK_TOKEN_LENGTH;
    if (length > MAX_NOTIFY_URL)
      fail(
        'publicUrl',
        this.settings.publicUrl,
        `shorter: with ${this.mounted} and its token the notifyUrl has ${length} characters, and ANTS takes ${MAX_NOTIFY_URL}`,
      );
  }

  notifyUrl(otpId: string): string | null {
    return this.urlOf(this.keys.webhookToken(otpId));
  }

  urlOf(token: string): string | null {
    const { publicUrl } = this.settings;
    if (publicUrl === null || this.mounted === null) return null;
    return `${publicUrl}${this.mounted}/${token}`;
  }

  /** The token in a request's path, or `null` when the request is not for the webhook. */
  tokenIn(url: string): string | null {
    const [path = ''] = url.split('?', 1);
    if (this.mounted === null || !path.startsWith(`${this.mounted}/`)) return null;
    const token = path.slice(this.mounted.length + 1);
    return token.includes('/') ? null : token;
  }

  private notice(route: string): void {
    const end = `/${this.path.value}/:token`;
    if (this.mounted === null && route.endsWith(end))
      this.mounted = route.slice(0, -'/:token'.length);
  }

  private expressPaths(): string[] {
    const adapter = httpAdapterOf(this.host);
    if (adapter?.getType() !== 'express') return [];
    const app = adapter.getInstance<{ router?: { stack?: ExpressRoute[] } }>();
    return (app.router?.stack ?? []).flatMap(({ route }) =>
      route?.methods?.['post'] && typeof route.path === 'string' ? [route.path] : [],
    );
  }
}
