/** An answer as it came: the text, and its JSON value where it is JSON. */
export interface RawAnswer {
  status: number;
  text: string;
  json: unknown;
}

/** Where to call and as whom. */
export interface AntsAccountAddress {
  /** Without `/otp`. */
  baseUrl: string;
  username: string;
  password: string;
  /** Static Bearer token in place of HTTP Basic. @default none */
  bearerToken?: string;
}

/** Milliseconds for one call. */
const TIMEOUT_MS = 15_000;

/** Calls ANTS with nothing between: no mapping, no retry, no library of ours. */
export class AntsCaller {
  constructor(readonly address: AntsAccountAddress) {}

  /** The same place with another credential. */
  as(credential: Pick<AntsAccountAddress, 'username' | 'password' | 'bearerToken'>): AntsCaller {
    return new AntsCaller({ baseUrl: this.address.baseUrl, ...credential });
  }

  async post(path: string, body: unknown, accept = 'application/json'): Promise<RawAnswer> {
    const { baseUrl, username, password, bearerToken } = this.address;
    const basic = Buffer.from(`${username}:${password}`).toString('base64');
    const response = await fetch(baseUrl.replace(/\/+$/, '') + path, {
      method: 'POST',
      headers: {
        authorization: bearerToken === undefined ? `Basic ${basic}` : `Bearer ${bearerToken}`,
        'content-type': 'application/json',
        accept,
      },
      body: typeof body === 'string' ? body : JSON.stringify(body),
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    return { status: response.status, text, json: parsed(text) };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
