import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import test, { after } from 'node:test';
import {
  HEAD_TIMEOUT_MS,
  MAX_BODY_BYTES,
  MAX_CONNECTION_REQUESTS,
  MAX_HTTP_PAGE_ITEMS,
  MAX_REQUESTS_IN_FLIGHT,
  MAX_USER_REQUESTS,
  TIMEOUTS_LOOK_MS,
} from '../../src/api/limits.ts';
import { MusterError } from '../../src/protocol/errors.ts';
import { waitFor } from '../harness/wait-for.ts';
import { openApi } from './fixture.ts';

const api = await openApi();
const { app, cluster } = api;
const admin = await api.bearer('administrator');
await app.listen({ host: '127.0.0.1', port: 0 });
const { port } = app.server.address() as { port: number };

const get = (url: string) => app.inject({ url, headers: admin });

function dial(): Socket {
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  after(() => socket.destroy());
  return socket;
}

async function raw(bytes: string): Promise<{ status: string; error: number }> {
  const socket = dial();
  socket.write(bytes);
  const answer = await text(socket);
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  return { status: head.split('\r\n')[0] ?? '', error: JSON.parse(body).error };
}

test('what is no HTTP is answered with an error that has a code', async () => {
  for (const bytes of [
    'GARBAGE\r\n\r\n',
    'GET /health HTTP/9.9\r\n\r\n',
    'GET / HTTP/1.1\r\nBad Header\r\n\r\n',
    'POST /agents HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    `GET /health HTTP/1.1\r\nHost: x\r\nX-Long: ${'a'.repeat(70_000)}\r\n\r\n`,
  ]) {
    const { status, error } = await raw(bytes);
    assert.match(status, /^HTTP\/1\.1 400 /, bytes.slice(0, 40));
    assert.equal(error, 3407);
  }
});

test('a body beyond the limit is refused by its announced length, before it is read', async () => {
  const { authorization } = admin;
  const head = `PUT /rules/files/a.xml HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\nContent-Type: application/octet-stream\r\nConnection: close\r\nContent-Length: 99999999\r\n\r\n`;
  const { status, error } = await raw(head);
  assert.match(status, /^HTTP\/1\.1 413 /);
  assert.equal(error, 3411);
});

test('a chunked body beyond the limit is refused while it comes', async () => {
  const answer = await app.inject({
    method: 'PUT',
    url: '/rules/files/a.xml',
    headers: { ...admin, 'content-type': 'application/octet-stream' },
    payload: 'x'.repeat(10_485_761),
  });
  assert.equal(answer.statusCode, 413);
  assert.equal(answer.json().error, 3411);
});

test('a head that never ends is given up soon after its time, however slowly it grows', async () => {
  app.server.headersTimeout = 300;
  const socket = dial();
  socket.write('GET /health HTTP/1.1\r\nHost: x\r\n');
  const drip = setInterval(() => socket.write('X-A: b\r\n'), 50);
  const startedMs = performance.now();
  const answer = await text(socket);
  clearInterval(drip);
  app.server.headersTimeout = HEAD_TIMEOUT_MS;
  assert.match(answer, /^HTTP\/1\.1 408 /);
  assert.ok(performance.now() - startedMs < 300 + 2 * TIMEOUTS_LOOK_MS);
});

test('paths that climb reach nothing but endpoints', async () => {
  for (const url of [
    '/../etc/client.keys',
    '/..%2f..%2fetc/client.keys',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/app.js/../../package.json',
    '/docs/static/..%2f..%2fpackage.json',
    '/docs/static/%2e%2e/%2e%2e/index.js',
    '//etc/passwd',
    '/page/../../limits.ts',
  ]) {
    const answer = await get(url);
    assert.ok([400, 403, 404].includes(answer.statusCode), `${url}: ${answer.statusCode}`);
    assert.ok(!answer.body.includes('"name": "'), url);
    assert.equal(typeof answer.json().error, 'number', url);
  }
});

test('the name of a file goes to the method as it is, which refuses what climbs', async () => {
  const answer = await get('/rules/files/..%2f..%2fetc%2fclient.keys');
  assert.equal(answer.statusCode, 200, 'the fake allows all');
  assert.deepEqual(cluster.last.args, { kind: 'rules', filename: '../../etc/client.keys' });
  const zero = await get('/rules/files/a%00b');
  assert.equal(zero.statusCode, 400);
  assert.equal(zero.json().error, 3407);
});

test('parameters that are not allowed are named', async () => {
  for (const [url, word] of [
    ['/agents?limit=0', 'limit'],
    ['/agents?limit=x', 'limit'],
    [`/agents?limit=${MAX_HTTP_PAGE_ITEMS + 1}`, 'limit'],
    ['/agents?offset=-1', 'offset'],
    ['/agents?agents_list=abc', 'agents_list'],
    ['/agents?status=alive', 'status'],
    ['/agents?colour=red', 'colour'],
    ['/agents?pretty=yes', 'pretty'],
    ['/agents?name=a&name=b', 'name'],
    ['/agents/1/key', 'agent_id'],
    ['/cluster/-x/info', 'node_id'],
    ['/agents?__proto__=1', '__proto__'],
  ] as const) {
    const answer = await get(url);
    assert.equal(answer.statusCode, 400, url);
    assert.equal(answer.json().error, 3407, url);
    if (word !== '__proto__') assert.match(answer.json().detail, new RegExp(word), url);
  }
});

test('bodies that are not what the endpoint takes are refused', async () => {
  const post = (payload: string, type: string) =>
    app.inject({
      method: 'POST',
      url: '/agents',
      headers: { ...admin, 'content-type': type },
      payload,
    });
  assert.equal((await post('{', 'application/json')).json().error, 3407);
  assert.equal((await post('', 'application/json')).json().error, 3407);
  assert.equal((await post('{"__proto__": {"x": 1}, "name": "a"}', 'application/json')).json().error, 3407);
  assert.equal((await post('{"name": "a", "admin": true}', 'application/json')).json().error, 3407);
  assert.equal((await post('name=a', 'application/x-www-form-urlencoded')).json().error, 6002);
  assert.equal((await post('name: a', 'application/yaml')).json().error, 6002);
  const latin = await app.inject({
    method: 'PUT',
    url: '/lists/files/a',
    headers: { ...admin, 'content-type': 'application/octet-stream' },
    payload: Buffer.from([0x61, 0xff]),
  });
  assert.equal(latin.json().error, 3407);
});

test('what is not there is 404, a method that a path does not know 405 with those that it knows', async () => {
  const nowhere = await get('/nowhere?token=x');
  assert.equal(nowhere.statusCode, 404);
  assert.equal(nowhere.json().error, 3409);
  const wrong = await app.inject({ method: 'DELETE', url: '/cluster/nodes', headers: admin });
  assert.equal(wrong.statusCode, 405);
  assert.equal(wrong.headers.allow, 'GET');
  assert.equal(wrong.json().error, 3410);
});

test('a client that goes away before its answer ends the request', async () => {
  const given = Promise.withResolvers<AbortSignal>();
  cluster.answers.set('cluster.health', (_args, { signal }) => {
    if (signal !== undefined) given.resolve(signal);
    return new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
  });
  const socket = dial();
  socket.write(
    `GET /cluster/healthcheck HTTP/1.1\r\nHost: x\r\nAuthorization: ${admin.authorization}\r\n\r\n`,
  );
  const signal = await given.promise;
  assert.equal(signal.aborted, false);
  socket.destroy();
  await waitFor('the request is given up', () => signal.aborted && api.services.cluster.inFlight === 0);
  cluster.answers.delete('cluster.health');
});

/** Answers of `cluster.status` wait until the gate is opened. */
function gated(): PromiseWithResolvers<void> {
  const gate = Promise.withResolvers<void>();
  cluster.answers.set('cluster.status', async () => {
    await gate.promise;
    return { enabled: 'yes', running: 'yes' };
  });
  return gate;
}

test('more requests than are held at once are refused, and the others are answered; one user does not take all places', async () => {
  const gate = gated();
  const [others, free] = [MAX_REQUESTS_IN_FLIGHT - MAX_USER_REQUESTS, 8];
  const watcher = await api.bearer('readonly');
  const ask = (headers: { authorization: string }) => app.inject({ url: '/cluster/status', headers });
  const all = Array.from({ length: MAX_USER_REQUESTS + free }, () => ask(admin));
  await waitFor('his places are taken', () => api.services.cluster.inFlight === MAX_USER_REQUESTS);
  assert.match((await get('/cluster/nodes')).json().detail, /750 requests of admin/);
  all.push(...Array.from({ length: others }, () => ask(watcher)));
  await waitFor('all places are taken', () => api.services.cluster.inFlight === MAX_REQUESTS_IN_FLIGHT);
  const refused = await app.inject({ url: '/cluster/nodes', headers: watcher });
  assert.equal(refused.statusCode, 503);
  assert.equal(refused.json().error, 3408);
  gate.resolve();
  const statuses = (await Promise.all(all)).map(({ statusCode }) => statusCode);
  assert.equal(statuses.filter((status) => status === 200).length, MAX_REQUESTS_IN_FLIGHT);
  assert.equal(statuses.filter((status) => status === 503).length, free);
  assert.equal(api.services.cluster.inFlight, 0);
  cluster.answers.delete('cluster.status');
});

test('a client that asks one thing behind the other and reads nothing takes few places, and gives them back', async () => {
  const gate = gated();
  const socket = dial().pause();
  const head = `GET /cluster/status HTTP/1.1\r\nHost: x\r\nAuthorization: ${admin.authorization}\r\n\r\n`;
  socket.write(head.repeat(500));
  await waitFor('it is served', () => api.services.cluster.inFlight === MAX_CONNECTION_REQUESTS);
  assert.equal((await get('/cluster/nodes')).statusCode, 200, 'others are, too');
  assert.equal(api.services.cluster.inFlight, MAX_CONNECTION_REQUESTS);
  socket.destroy();
  gate.resolve();
  await waitFor('its places are free', () => api.services.cluster.inFlight === 0);
  cluster.answers.delete('cluster.status');
});

test('what the registration refuses of an agent is the mistake of whoever asks', async () => {
  cluster.answers.set('agents.add', () => {
    throw new MusterError(3210, 'No such name');
  });
  const answer = await app.inject({
    method: 'POST',
    url: '/agents',
    headers: admin,
    payload: { name: 'a b' },
  });
  assert.equal(answer.statusCode, 400);
  cluster.answers.delete('agents.add');
});

test('whoever may write no file sends no large body: it is refused by its announced length', async () => {
  const length = String(MAX_BODY_BYTES + 1);
  for (const [line, type] of [
    ['POST /nope', 'application/octet-stream'],
    ['PATCH /agents', 'application/json'],
    ['POST /security/user/authenticate', 'application/json'],
    ['DELETE /rules/files/a.xml/b', 'text/plain'],
  ]) {
    const head = `${line} HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nConnection: close\r\nContent-Length: ${length}\r\n\r\n`;
    const { status } = await raw(head);
    assert.match(status, /^HTTP\/1\.1 4(13|04|05|01) /, line);
  }
  const { authorization } = admin;
  const put = `PUT /rules/files/a.xml HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\nConnection: close\r\nContent-Length: ${length}\r\n`;
  assert.match((await raw(`${put}\r\n`)).status, /^HTTP\/1\.1 401 /, 'a stranger, before the body is read');
  const written = dial();
  written.write(`${put}Authorization: ${authorization}\r\n\r\n${'x'.repeat(MAX_BODY_BYTES + 1)}`);
  assert.match(await text(written), /^HTTP\/1\.1 200 /, 'an administrator');
});
