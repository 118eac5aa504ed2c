import assert from 'node:assert/strict';
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { mock } from 'node:test';
import { SignJWT } from 'jose';
import { Attempts } from '../../src/api/auth/attempts.ts';
import { openTokenKey, Tokens } from '../../src/api/auth/tokens.ts';
import { Users } from '../../src/api/auth/users.ts';
import { roleOf } from '../../src/api/http/register.ts';
import { MAX_LOGINS_PER_MINUTE, MAX_SOURCE_LOGINS } from '../../src/api/limits.ts';
import { endpoints } from '../../src/api/routes/table.ts';
import { basic, openApi, PASSWORD, temporaryHome } from './fixture.ts';

const LOG_IN = '/security/user/authenticate';

const api = await openApi({ maxLoginAttempts: 3, blockTimeMs: 60_000 });
const { app, services, home } = api;
const watcher = await api.bearer('readonly');
const admin = await api.bearer('administrator');
const key = readFileSync(join(home, 'etc/api/token.key'), 'utf8');
const claims = { role: 'administrator', generation: 0, since: 0 };

const withToken = (token: string) =>
  app.inject({ url: '/cluster/nodes', headers: { authorization: `Bearer ${token}` } });
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const goodToken = () => watcher.authorization.slice('Bearer '.length);

test('every endpoint refuses a request without a token before it looks at anything else of it', async () => {
  for (const { verb, path } of endpoints) {
    const url = path.replaceAll(/\{\w+\}/g, '...');
    const answer = await app.inject({ method: verb, url });
    assert.equal(answer.statusCode, 401, `${verb} ${path}`);
    assert.equal(answer.json().error, 3401);
    assert.equal(answer.headers['www-authenticate'], 'Bearer realm="muster"');
  }
});

test('a picture in a foreign page, which has no token, takes no place among the live pages', async () => {
  const follow = mock.method(services.feed, 'follow');
  const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'image' };
  const answer = await app.inject({ url: '/live', headers });
  assert.deepEqual([answer.statusCode, answer.json().error], [401, 3401]);
  assert.equal(follow.mock.callCount(), 0);
  follow.mock.restore();
});

test('whoever may only read is refused by every endpoint that changes something or tells a key', async () => {
  const forAdministrators = endpoints.filter((endpoint) => roleOf(endpoint) === 'administrator');
  for (const { verb, path } of forAdministrators) {
    const answer = await app.inject({
      method: verb,
      url: path.replaceAll(/\{\w+\}/g, '001'),
      headers: watcher,
    });
    assert.equal(answer.statusCode, 403, `${verb} ${path}`);
    assert.equal(answer.json().error, 4000);
  }
  const writing = endpoints.filter(({ verb }) => verb !== 'GET');
  assert.ok(writing.every((endpoint) => roleOf(endpoint) === 'administrator'));
  assert.ok(forAdministrators.some(({ path }) => path === '/agents/{agent_id}/key'));
});

test('tokens that are not signed, by `alg: none` in any spelling, are refused', async () => {
  const payload = part({ ...claims, sub: 'admin', iss: 'muster', aud: 'muster-api', exp: 9e9, iat: 1 });
  for (const alg of ['none', 'None', 'NONE', 'nOnE']) {
    const header = part({ alg, typ: 'JWT' });
    for (const token of [`${header}.${payload}.`, `${header}.${payload}.${goodToken().split('.')[2]}`]) {
      const answer = await withToken(token);
      assert.equal(answer.statusCode, 401);
      assert.equal(answer.json().error, 3401);
    }
  }
});

test('a token whose content was changed, or that another key signed, is refused', async () => {
  const [header, payload, signature] = goodToken().split('.');
  const changed = { ...JSON.parse(Buffer.from(payload ?? '', 'base64url').toString()), sub: 'admin' };
  assert.equal((await withToken(`${header}.${part(changed)}.${signature}`)).json().error, 3401);
  const other = new Tokens({ key: new Uint8Array(32), users: services.users, lifetimeMs: 60_000 });
  const user = await services.users.find('admin');
  assert.ok(user !== null);
  assert.equal((await withToken(await other.issue(user))).json().error, 3401);
});

test('a token that expired says so, so that a program knows to log in again', async () => {
  const user = await services.users.find('watcher');
  assert.ok(user !== null);
  const token = await new SignJWT({ role: user.role, generation: user.generation, since: 1 })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('watcher')
    .setIssuer('muster')
    .setAudience('muster-api')
    .setIssuedAt(1)
    .setExpirationTime(2)
    .sign(openTokenKey(home));
  const answer = await withToken(token);
  assert.equal(answer.statusCode, 401);
  assert.equal(answer.json().error, 3402);
});

test('a token that was good expires all the same, whatever was remembered of it', async () => {
  const tokens = new Tokens({ key: openTokenKey(home), users: services.users, lifetimeMs: 1_000 });
  const user = await services.users.find('watcher');
  assert.ok(user !== null);
  const token = await tokens.issue(user);
  assert.equal((await tokens.check(token)).user.name, 'watcher');
  mock.timers.enable({ apis: ['Date'], now: Date.now() + 2_000 });
  try {
    await assert.rejects(tokens.check(token), { code: 3402 });
    await assert.rejects(tokens.check(token), { code: 3402 }, 'and stays so');
  } finally {
    mock.timers.reset();
  }
});

test('what is no token at all is refused like a wrong one, and told from none', async () => {
  const [none, wrong] = [/has no token$/, /what the request has is no token$/];
  for (const [authorization, words] of [
    ['', none],
    ['Bearer', none],
    ['Basic !!!', none],
    ['Bearer x', wrong],
    ['Bearer a.b', wrong],
    ['Bearer {"alg": "none"}', wrong],
    [`Bearer ${'a'.repeat(9_000)}`, wrong],
  ] as const) {
    const answer = await app.inject({ url: '/cluster/nodes', headers: { authorization } });
    assert.equal(answer.json().error, 3401, authorization);
    assert.match(answer.json().detail, words, authorization);
  }
});

test('a log-out voids all tokens of the user, and of nobody else', async () => {
  const mine = await api.bearer('readonly');
  const out = await app.inject({ method: 'DELETE', url: LOG_IN, headers: mine });
  assert.equal(out.statusCode, 200, out.body);
  assert.equal((await app.inject({ url: '/cluster/nodes', headers: mine })).json().error, 3401);
  assert.equal((await app.inject({ url: '/cluster/nodes', headers: admin })).statusCode, 200);
});

test('a new password, or the removal of the user by another process, voids tokens that are out', async () => {
  const elsewhere = await Users.open(home);
  await elsewhere.add('guest', 'readonly', PASSWORD);
  const open = await Users.open(home);
  const guest = await open.find('guest');
  assert.ok(guest !== null);
  const tokens = new Tokens({ key: openTokenKey(home), users: open, lifetimeMs: 60_000 });
  const token = await tokens.issue(guest);
  assert.equal((await tokens.check(token)).user.name, 'guest');
  await open.setPassword('guest', `${PASSWORD}!`);
  await assert.rejects(tokens.check(token), { code: 3401 });
  const next = await tokens.issue((await open.find('guest')) ?? guest);
  await open.remove('guest');
  await assert.rejects(tokens.check(next), { code: 3401 });
  await open.add('guest', 'administrator', PASSWORD);
  await assert.rejects(tokens.check(next), { code: 3401 }, 'a new user of the same name is another one');
});

test('processes that change users at the same time lose nothing of each other', async () => {
  const shared = temporaryHome();
  const first = await Users.open(shared);
  await first.add('guest', 'readonly', PASSWORD);
  const second = await Users.open(shared);
  const before = (await first.find('guest'))?.generation ?? 0;
  await Promise.all([
    first.add('one', 'readonly', PASSWORD),
    second.add('two', 'readonly', PASSWORD),
    first.revokeTokens('guest'),
    second.revokeTokens('guest'),
  ]);
  const after = await Users.open(shared);
  assert.deepEqual(after.list.map(({ name }) => name).sort(), ['guest', 'one', 'two']);
  assert.equal((await after.find('guest'))?.generation, before + 2);
});

test('a live page is given new tokens, but not for ever', async () => {
  const user = await services.users.find('admin');
  assert.ok(user !== null);
  const nowS = Math.floor(Date.now() / 1000);
  assert.ok(await services.tokens.renew({ user, sinceS: nowS - 60 }));
  await assert.rejects(services.tokens.renew({ user, sinceS: nowS - 13 * 3600 }), { code: 3402 });
});

test('keys and passwords are for the owner of the home alone; a password never stands there as it is', () => {
  for (const name of ['users.json', 'token.key']) {
    assert.equal(statSync(join(home, 'etc/api', name)).mode & 0o777, 0o600, name);
  }
  const text = readFileSync(join(home, 'etc/api/users.json'), 'utf8');
  assert.ok(!text.includes(PASSWORD));
  const [, second] = Object.values(JSON.parse(text).users as Record<string, { password: string }>);
  const [first] = Object.values(JSON.parse(text).users as Record<string, { password: string }>);
  assert.match(first?.password ?? '', /^argon2id\$19456\$2\$1\$/);
  assert.notEqual(first?.password, second?.password, 'the same password has another hash for each user');
});

test('files of users and keys that others may read, or that are damaged, are refused with words', async () => {
  const bad = temporaryHome();
  const users = await Users.open(bad);
  await users.add('admin', 'administrator', PASSWORD);
  openTokenKey(bad);
  const usersPath = join(bad, 'etc/api/users.json');
  const keyPath = join(bad, 'etc/api/token.key');
  for (const path of [usersPath, keyPath]) chmodSync(path, 0o640);
  await assert.rejects(Users.open(bad), { code: 3404, message: /others may read it/ });
  assert.throws(() => openTokenKey(bad), { code: 3404, message: /others may read it/ });
  for (const path of [usersPath, keyPath]) chmodSync(path, 0o600);
  writeFileSync(usersPath, '{"users": {"admin": {"role": "god"}}}');
  writeFileSync(keyPath, 'short');
  await assert.rejects(Users.open(bad), { code: 3404, message: /users\.admin/ });
  assert.throws(() => openTokenKey(bad), { code: 3404, message: /is no key/ });
});

test('names and passwords that are not allowed are refused', async () => {
  const users = await Users.open(temporaryHome());
  await assert.rejects(users.add('a b', 'readonly', PASSWORD), { code: 3403 });
  await assert.rejects(users.add('__proto__', 'readonly', PASSWORD), { code: 3403 });
  await assert.rejects(users.add('short', 'readonly', '1234567'), { code: 3403 });
  await assert.rejects(users.remove('nobody'), { code: 3406 });
  await users.add('one', 'readonly', PASSWORD);
  await assert.rejects(users.add('one', 'readonly', PASSWORD), { code: 3405 });
});

test('an address that fails to log in too often is locked out, even with the right password', async () => {
  const attempt = (name: string, password: string, remoteAddress: string) =>
    app.inject({ method: 'POST', url: LOG_IN, headers: basic(name, password), remoteAddress });
  for (let i = 0; i < 3; i += 1) {
    const answer = await attempt(i === 0 ? 'nobody' : 'admin', 'wrong', '10.9.9.9');
    assert.equal(answer.statusCode, 401);
    assert.equal(answer.json().error, 3400, 'a wrong name and a wrong password are told alike');
  }
  const locked = await attempt('admin', PASSWORD, '10.9.9.9');
  assert.equal(locked.statusCode, 429);
  assert.equal(locked.json().error, 6000);
  assert.equal((await attempt('admin', PASSWORD, '10.9.9.8')).statusCode, 200, 'others are not locked out');
});

test('a lock ends by itself, and so do failures that were not enough for one', () => {
  let nowMs = 0;
  const attempts = new Attempts({ maxFailures: 2, lockMs: 1_000, now: () => nowMs });
  const attempt = (isRight: boolean) => {
    const { failed, end } = attempts.begin('a');
    if (!isRight) failed();
    end();
  };
  attempt(false);
  attempt(false);
  assert.throws(() => attempts.begin('a'), { code: 6000, message: /try again in 1 s/ });
  nowMs = 999;
  assert.throws(() => attempts.begin('a'), { code: 6000 });
  nowMs = 1_000;
  attempt(true);
  attempt(false);
  nowMs = 2_000;
  attempt(false);
  attempt(true);
});

test('of one address so many log-ins are under way as may be wrong, and at most some', () => {
  const attempts = new Attempts({ maxFailures: 10, lockMs: 1_000, now: () => 0 });
  const first = Array.from({ length: MAX_SOURCE_LOGINS }, () => attempts.begin('a'));
  assert.throws(() => attempts.begin('a'), { code: 3408, message: /8 log-ins of a are under way/ });
  attempts.begin('b').end();
  for (const { failed, end } of first) {
    failed();
    end();
  }
  const second = [attempts.begin('a'), attempts.begin('a')];
  assert.throws(() => attempts.begin('a'), { code: 3408 }, 'two failures are left');
  for (const { end } of second) end();
  attempts.begin('a').end();
});

test('guesses that are sent all at once, to whatever takes passwords, are no more than those that are allowed', async () => {
  const guesses = Array.from({ length: 25 }, (_, i) =>
    app.inject({ url: '/metrics', headers: basic('admin', `guess ${i}`), remoteAddress: '10.9.9.6' }),
  );
  const errors = (await Promise.all(guesses)).map((answer) => answer.json().error as number);
  assert.equal(errors.filter((error) => error === 3400).length, 3);
  assert.equal(errors.filter((error) => error === 3408).length, 22);
  const last = await app.inject({
    url: '/metrics',
    headers: basic('admin', PASSWORD),
    remoteAddress: '10.9.9.6',
  });
  assert.equal(last.json().error, 6000);
});

test('a log-in that succeeds does not let one guess on at the password of somebody else', async () => {
  const attempt = (name: string, password: string) =>
    app.inject({ method: 'POST', url: LOG_IN, headers: basic(name, password), remoteAddress: '10.9.9.7' });
  for (let i = 0; i < 3; i += 1) {
    assert.equal((await attempt('admin', `guess ${i}`)).json().error, 3400);
    if (i < 2) assert.equal((await attempt('watcher', PASSWORD)).statusCode, 200);
  }
  assert.equal((await attempt('watcher', PASSWORD)).json().error, 6000);
});

test('who has a network of IPv6 addresses is one who guesses', async () => {
  const attempt = (host: number, password: string) =>
    app.inject({
      method: 'POST',
      url: LOG_IN,
      headers: basic('admin', password),
      remoteAddress: `2001:db8:1:2::${host}`,
    });
  for (const host of [1, 2, 3]) assert.equal((await attempt(host, 'wrong')).json().error, 3400);
  assert.equal((await attempt(4, PASSWORD)).json().error, 6000);
});

test('log-ins of one address have a rate, whichever way they come', async () => {
  const headers = basic('admin', PASSWORD);
  const ways = [
    { method: 'POST', url: LOG_IN },
    { method: 'GET', url: LOG_IN },
    { method: 'GET', url: '/metrics' },
  ] as const;
  for (let i = 0; i < MAX_LOGINS_PER_MINUTE; i += 1) {
    const answer = await app.inject({ ...(ways[i % 3] ?? ways[0]), headers, remoteAddress: '10.1.1.1' });
    assert.equal(answer.statusCode, 200);
  }
  for (const way of ways) {
    const answer = await app.inject({ ...way, headers, remoteAddress: '10.1.1.1' });
    assert.equal(answer.statusCode, 429);
    assert.equal(answer.json().error, 6001);
    assert.match(answer.json().detail, /at most 30 log-ins a minute; try again in \d+ s/);
  }
  assert.equal((await app.inject({ ...ways[0], headers, remoteAddress: '10.1.1.2' })).statusCode, 200);
});

test('secrets do not get into the log', () => {
  const text = api.lines.join('\n');
  assert.ok(text.includes('logged in'));
  for (const secret of [PASSWORD, key, goodToken(), 'Bearer ']) assert.ok(!text.includes(secret), secret);
});

test('answers cannot be framed, sniffed or kept', async () => {
  const { headers } = await app.inject({ url: '/cluster/nodes', headers: admin });
  assert.equal(headers['x-content-type-options'], 'nosniff');
  assert.equal(headers['x-frame-options'], 'DENY');
  assert.equal(headers['cache-control'], 'no-store');
  assert.match(headers['content-security-policy'] as string, /default-src 'none'/);
});

test('whoever another process has just added can log in at once', async () => {
  const home = temporaryHome();
  const [here, elsewhere] = [await Users.open(home), await Users.open(home)];
  assert.equal(await here.check('guest', PASSWORD), null);
  await elsewhere.add('guest', 'readonly', PASSWORD);
  assert.equal((await here.check('guest', PASSWORD))?.role, 'readonly');
});
