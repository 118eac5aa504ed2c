import assert from 'node:assert/strict';
import test from 'node:test';
import { checkJson } from '../../src/config/json-file.ts';
import { musterJsonSchema } from '../../src/config/schema/muster-json.ts';
import { basic, openApi, PASSWORD } from './fixture.ts';

const PROXY = '10.0.0.1';
const api = await openApi({ maxLoginAttempts: 2, trustedProxies: [PROXY, 'fd00::/64'] });

/** Logs in over a connection from `remoteAddress`, with what it says of where the request comes from. */
async function attempt(password: string, remoteAddress: string, forwardedFor: string): Promise<number> {
  const headers = { ...basic('admin', password), 'x-forwarded-for': forwardedFor };
  const url = '/security/user/authenticate';
  const answer = await api.app.inject({ method: 'POST', url, headers, remoteAddress });
  return answer.json().error;
}

test('behind a trusted proxy whoever guesses is locked out, and nobody else', async () => {
  for (const forged of ['', '192.0.2.7, ', 'fd00::2, ']) {
    const error = await attempt('wrong', PROXY, `${forged}198.51.100.1`);
    assert.equal(error, forged === 'fd00::2, ' ? 6000 : 3400, 'what stands left of it is the client’s own');
  }
  assert.equal(await attempt(PASSWORD, PROXY, '198.51.100.2'), 0);
  assert.equal(await attempt(PASSWORD, 'fd00::9', '198.51.100.1, 10.0.0.1'), 6000, 'through two proxies');
  assert.ok(api.lines.includes('admin logged in from 198.51.100.2'));
});

test('what a client that is no trusted proxy says of where it comes from does not count', async () => {
  const stranger = '203.0.113.5';
  assert.equal(await attempt('wrong', stranger, '198.51.100.3'), 3400);
  assert.equal(await attempt('wrong', stranger, '198.51.100.4'), 3400);
  assert.equal(await attempt(PASSWORD, stranger, '198.51.100.5'), 6000);
  assert.equal(await attempt(PASSWORD, PROXY, '198.51.100.3'), 0, 'nor does it lock out whom it names');
});

test('what a proxy names that is no address counts for the proxy', async () => {
  assert.equal(await attempt('wrong', 'fd00::9', '198.51.100.6:4711'), 3400);
  assert.equal(await attempt('wrong', 'fd00::9', 'unknown'), 3400);
  assert.equal(await attempt(PASSWORD, 'fd00::9', `${'x'.repeat(1_000)}`), 6000);
});

test('proxies are addresses or networks, and not all of them', () => {
  const check = (...trusted_proxies: string[]) => checkJson(musterJsonSchema, { api: { trusted_proxies } });
  check('10.0.0.1', '::1', '10.0.0.0/8', 'fd00::/64');
  for (const bad of ['proxy', '10.0.0', '10.0.0.1/33', '0.0.0.0/0', '::/0']) {
    assert.throws(() => check(bad), /api\.trusted_proxies/, bad);
  }
});
