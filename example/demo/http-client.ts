export interface Answer {
  status: number;
  headers: Headers;
  // The demo reads answers of every route, and checks each field that it uses.
  body: Record<string, unknown>;
}

/** A browser in miniature: JSON over HTTP, and it keeps the session's cookie. */
export class HttpClient {
  cookie = '';

  constructor(private readonly url: string) {}

  get(path: string): Promise<Answer> {
    return this.send(path, { method: 'GET' });
  }

  post(path: string, body: object, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  }

  private async send(path: string, init: RequestInit): Promise<Answer> {
    const response = await fetch(this.url + path, {
      ...init,
      headers: { ...(init.headers as Record<string, string>), cookie: this.cookie },
      signal: AbortSignal.timeout(15_000),
    });
    this.cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? this.cookie;
    const body = (await response.json()) as Record<string, unknown>;
    return { status: response.status, headers: response.headers, body };
  }
}
