import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { call } from './running-app.mjs';

const MOBILE = '081-234-5678';
/** The app's own compiled module. */
const OF_THE_APP = ['--app', 'dist/app.module.js'];

/** Logs in and uses the guarded route as the README shows it, then asks the commands about it. */
export async function playReadme({ url, folder, env, simulator }) {
  const asked = await call(url, 'POST', '/login/otp', { mobile: MOBILE });
  assert.equal(asked.status, 201);
  const { id, ticket } = asked.body;
  const code = simulator.codeFor(MOBILE);
  const wrong = code.replace(/^./, (digit) => String((Number(digit) + 1) % 10));
  const refused = await call(url, 'POST', '/login', { id, ticket, code: wrong });
  assert.deepEqual([refused.status, refused.body.code], [422, 'wrong_code']);
  const right = await call(url, 'POST', '/login', { id, ticket, code });
  assert.deepEqual([right.status, right.body.mobile], [201, '+66812345678']);
  const again = await call(url, 'POST', '/login', { id, ticket, code });
  assert.deepEqual([again.status, again.body.session], [201, right.body.session]);

  await simulator.reportsSettled();
  const { notifyUrl, messageId } = simulator.lastSms(MOBILE);
  assert.equal(await pushXml(notifyUrl, messageId), 200);

  const proof = { 'x-otp-proof': right.body.proof };
  const statuses = [];
  for (const headers of [{}, proof, proof])
    statuses.push((await call(url, 'PUT', '/pin', {}, headers)).status);
  assert.deepEqual(statuses, [401, 200, 401]);

  const options = { cwd: folder, env };
  for (const app of [OF_THE_APP, []]) {
    const found = await command(options, 'find', `mobile=${MOBILE}`, ...app);
    assert.deepEqual(
      found.map((otp) => [otp.id, otp.status]),
      [[id, 'verified']],
    );
  }
  const findings = await command(options, 'doctor', ...OF_THE_APP);
  assert.deepEqual(
    findings.filter(({ state }) => state === 'failed'),
    [],
  );
}

/** A command while the app runs, by the environment unless it is told of the app. */
async function command(options, ...args) {
  const npx = ['nestjs-ants-otp', ...args, '--json'];
  const { stdout } = await promisify(execFile)('npx', npx, options);
  return JSON.parse(stdout);
}

/** XML is read by a package that both builds load with the first of it. */
async function pushXml(notifyUrl, messageId) {
  const { status } = await fetch(notifyUrl, {
    ...{ method: 'POST', headers: { 'content-type': 'application/xml' } },
    body: `<report><messageId>${messageId}</messageId><status>DELIVERED</status></report>`,
  });
  return status;
}
