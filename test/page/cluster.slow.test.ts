import assert from 'node:assert/strict';
import test, { after } from 'node:test';
import { Cluster } from '../e2e/cluster.ts';
import { muster } from '../e2e/node-process.ts';
import { waitFor } from '../harness/wait-for.ts';
import { ApiProcess } from './api-process.ts';
import { logIn, openPage, startBrowser, withoutBrowser } from './browser.ts';

const STEP_TIMEOUT_MS = 30_000;

// A worker that goes without a word is noticed by its connection; one that comes back by its own retries.
const cluster = await Cluster.create(2);
cluster.configure({ intervals: { worker: { connection_retry: 0.3, keep_alive: 2 } } });
after(() => cluster.close());
await cluster.start();
const [worker1, worker2] = cluster.workers;
assert.ok(worker1 !== undefined && worker2 !== undefined);
const api = new ApiProcess(worker1.home);
const address = await api.start('--port', '0');
const port = new URL(address).port;
const password = /Password, shown this once: (\S+)/.exec(api.output)?.[1] ?? '';
const token = await logInAt();

async function logInAt(): Promise<string> {
  const headers = { authorization: `Basic ${btoa(`admin:${password}`)}` };
  const answer = await fetch(`${address}/security/user/authenticate?raw=true`, { method: 'POST', headers });
  return answer.text();
}

async function get(
  path: string,
): Promise<{ status: number; body: Record<string, never> & { error: number } }> {
  const answer = await fetch(`${address}${path}`, { headers: { authorization: `Bearer ${token}` } });
  return { status: answer.status, body: (await answer.json()) as never };
}

const answers = (path: string, status: number) =>
  waitFor(
    `${path} is answered with ${status}`,
    async () => (await get(path)).status === status,
    STEP_TIMEOUT_MS,
  );

test('the API of one worker answers what only another worker knows', async () => {
  await answers('/cluster/worker2/info', 200);
  const { status, body } = await get('/cluster/worker2/info');
  assert.equal(status, 200);
  const [item] = (body as unknown as { data: { affected_items: { name: string; pid: number }[] } }).data
    .affected_items;
  assert.equal(item?.name, 'worker2');
  assert.equal(item?.pid, worker2.pid);
});

test('a node dies, and the page of another tells it, and that it is back, without a reload', {
  skip: withoutBrowser,
}, async () => {
  const browser = await startBrowser();
  after(() => browser.close());
  const { page, complaints } = await openPage(browser, address);
  await logIn(page, 'admin', password);
  const state = page.getByRole('article', { name: 'worker2' }).locator('.state');
  const shows = (words: RegExp) =>
    waitFor(
      `worker2 is ${words}`,
      async () => words.test((await state.textContent()) ?? ''),
      STEP_TIMEOUT_MS,
    );
  await shows(/^in step$/);
  await worker2.kill('SIGKILL');
  await shows(/^gone, seen/);
  worker2.start();
  await shows(/^in step$/);
  assert.deepEqual(complaints, []);
  await page.close();
});

test('without its daemon the API answers 503 with a code, and goes on by itself when the daemon is back', async () => {
  await answers('/cluster/local/info', 200);
  await worker1.kill('SIGKILL');
  await answers('/cluster/local/info', 503);
  assert.ok([3012, 3103].includes((await get('/cluster/local/info')).body.error));
  assert.equal((await fetch(`${address}/health`)).status, 200);
  assert.equal((await fetch(`${address}/ready`)).status, 503);
  worker1.start();
  await answers('/cluster/worker2/info', 200);
});

test('without a master a worker answers for itself, and says of the cluster that it is not connected', async () => {
  await cluster.master.kill('SIGKILL');
  await answers('/cluster/nodes', 503);
  const { status, body } = await get('/cluster/nodes');
  assert.equal(status, 503);
  assert.equal(body.error, 3023);
  assert.equal((await get('/cluster/local/info')).status, 200);
  cluster.master.start();
  await answers('/cluster/nodes', 200);
});

test('the API ends in order on SIGTERM, and a token of before is good at the next start', async () => {
  assert.equal(await api.stop(), 0);
  assert.equal(await api.start('--port', port), address);
  assert.ok(!api.output.includes('Password'), 'the administrator is made once');
  assert.equal((await get('/cluster/local/info')).status, 200);
});

test('off loopback a certificate is needed', async () => {
  const { code, stderr } = await muster(['api', '--home', worker1.home, '--host', '0.0.0.0', '--port', '0']);
  assert.equal(code, 3, stderr);
  assert.match(stderr, /Error 3413/);
});

test('users are added, listed and removed by the command line, while the API runs', async () => {
  const home = ['--home', worker1.home];
  const added = await muster(['api', 'user', 'add', 'guest', ...home]);
  const password = /shown this once: (\S+)/.exec(added.stdout)?.[1] ?? '';
  const tryIt = () =>
    fetch(`${address}/security/user/authenticate`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`guest:${password}`)}` },
    });
  assert.equal((await tryIt()).status, 200, added.stderr);
  const { stdout } = await muster(['api', 'user', 'list', ...home, '--json']);
  assert.deepEqual(JSON.parse(stdout), [
    { name: 'admin', role: 'administrator' },
    { name: 'guest', role: 'readonly' },
  ]);
  await muster(['api', 'user', 'remove', 'guest', ...home]);
  await waitFor('guest is gone', async () => (await tryIt()).status === 401, STEP_TIMEOUT_MS);
});
