import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { SLICE_ACTORS } from '../../src/inspect/limits.ts';
import { waitFor } from '../harness/wait-for.ts';
import { openPage, startBrowser, withoutBrowser } from '../page/browser.ts';
import { Batches } from './reading-page.ts';

const ACTORS = 10_000;
const MAX_UNREAD_MS = 1_000;
/** Far more than may be told. */
const MOVES_EACH = 100;
const TIMEOUT_MS = 60_000;

const nodes: ChildProcess[] = [];
after(() => {
  for (const node of nodes) node.disconnect();
});

async function largeNode(movesEach: number) {
  const script = fileURLToPath(new URL('./large-node.ts', import.meta.url));
  const node = fork(script, [String(ACTORS), String(MAX_UNREAD_MS), String(movesEach)]);
  nodes.push(node);
  const [{ url }] = (await once(node, 'message')) as [{ url: string }];
  const isWatched = async () => {
    node.send('is watched?');
    const [answer] = (await once(node, 'message')) as [{ isWatched: boolean }];
    return answer.isWatched;
  };
  return { url, isWatched };
}

async function page(url: string): Promise<IncomingMessage> {
  const [answer] = (await once(get(`${url}records`), 'response')) as [IncomingMessage];
  answer.on('error', () => {
    // Dropped by the node: `close` follows.
  });
  return answer;
}

describe('a node of ten thousand actors that does more than may be told', () => {
  it('tells a page that reads all of them, again and again, in small slices, and does not drop it', async () => {
    const answer = await page((await largeNode(MOVES_EACH)).url);
    const { all, take } = bound(new Batches());
    answer.on('data', take);
    const gaps = () => all.filter((batch) => batch.some(({ kind }) => kind === 'gap'));
    await waitFor('two gaps', () => gaps().length >= 2, TIMEOUT_MS);
    assert.equal(answer.closed, false);
    answer.destroy();
    const actors = all.flatMap((batch, index) => (batch[0]?.kind === 'actor' ? [{ batch, index }] : []));
    assert.ok(actors.every(({ batch }) => batch.length <= SLICE_ACTORS));
    const firstGap = all.findIndex((batch) => gaps().includes(batch));
    const secondGap = all.findIndex((batch, index) => index > firstGap && gaps().includes(batch));
    for (const [from, to] of [
      [0, firstGap],
      [firstGap, secondGap],
    ] as const) {
      const told = actors.filter(({ index }) => index >= from && index < to).flatMap(({ batch }) => batch);
      assert.equal(told.length, ACTORS + 1, 'each of them once between two gaps');
    }
  });

  it('drops a page that reads nothing, within its time', async () => {
    const { url, isWatched } = await largeNode(0);
    const fromMs = Date.now();
    const stuck = await page(url);
    await waitFor('the first actors', isWatched);
    await waitFor('the drop', async () => !(await isWatched()), TIMEOUT_MS);
    const tookMs = Date.now() - fromMs;
    assert.ok(tookMs >= MAX_UNREAD_MS && tookMs < 10 * MAX_UNREAD_MS, `${tookMs} ms`);
    const batches = new Batches();
    stuck.on('data', (bytes) => batches.take(bytes));
    await waitFor('the end of what was on its way', () => stuck.closed);
    assert.ok(batches.all.flat().length < ACTORS);
  });

  it('is drawn by the page', { skip: withoutBrowser }, async () => {
    const { url } = await largeNode(0);
    const browser = await startBrowser();
    try {
      const { page, complaints } = await openPage(browser, url.slice(0, -1));
      page.setDefaultTimeout(TIMEOUT_MS);
      await page.getByText(`${ACTORS + 1} actors`).waitFor();
      // By a role it would take the names of all buttons.
      await page.locator('#tree ul > li:last-child > button').click();
      await page.getByRole('heading', { name: 'lamps.9999' }).waitFor();
      assert.deepEqual(complaints, []);
    } finally {
      await browser.close();
    }
  });
});

const bound = (batches: Batches) => ({
  all: batches.all,
  take: (bytes: Uint8Array) => batches.take(bytes),
});
