import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The types of body that a form can have. */
export const FORM_TYPES = [
  'application/x-www-form-urlencoded',
  'text/plain',
  'multipart/form-data',
];

/** A form on a page of another site. */
export interface ForeignForm {
  action: string;
  enctype: string;
  fields: Record<string, string>;
  /** `no-referrer` hides where the form comes from. */
  policy: string;
}

/** A site of an attacker: its page shows a form that a script sends at once. */
export interface OtherSite {
  port: number;
  /** The path of a page with this form. */
  pathOf(form: ForeignForm): string;
  close(): Promise<void>;
}

export async function startOtherSite(): Promise<OtherSite> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://evil.test');
    const asked = url.searchParams.get('form');
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.end(asked === null ? '<!doctype html>' : pageOf(JSON.parse(asked) as ForeignForm));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    pathOf: (form) => `/?form=${encodeURIComponent(JSON.stringify(form))}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

const pageOf = ({ action, enctype, fields, policy }: ForeignForm): string => `<!doctype html>
<meta name="referrer" content="${policy}">
<form method="post" action="${action}" enctype="${enctype}">
  ${inputsOf(enctype, fields)}
</form>
<script>document.forms[0].submit()</script>`;

/** As plain text one field's name and value around the `=` can be whole JSON. */
function inputsOf(enctype: string, fields: Record<string, string>): string {
  const json = JSON.stringify({ ...fields, x: '=' }).split('=', 2) as [string, string];
  const pairs = enctype === 'text/plain' ? [json] : Object.entries(fields);
  return pairs.map(([name, value]) => `<input name='${name}' value='${value}'>`).join('\n  ');
}
