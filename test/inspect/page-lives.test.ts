import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { type AnyActorRef, createActor, setup } from 'xstate';
import { type Inspector, openInspector } from '../../src/inspect/server.ts';
import { Tap } from '../../src/inspect/tap.ts';
import { openPage, startBrowser, withoutBrowser } from '../page/browser.ts';
import { room } from './room.ts';

const part = setup({}).createMachine({ id: 'part' });

/** For the browser, whose names are unknown here. */
const PICTURE_FILTER = "getComputedStyle(document.querySelector('#chosen .picture')).filter";

/** A life of a node, with these parts: its actors and records have the same numbers as those of any other. */
async function begin(port: number, names: readonly string[]) {
  const invoke = names.map((id) => ({ src: 'part' as const, id }));
  const root = createActor(setup({ actors: { part } }).createMachine({ id: 'node', invoke }));
  const tap = new Tap({ redact: (text) => text, now: () => Date.now() });
  tap.attach(root);
  root.start();
  const about = { name: 'node7', role: 'master', version: '1' };
  const inspector: Inspector = await openInspector({ tap, port, node: about });
  return { root: root as AnyActorRef, inspector };
}

describe('a page that outlives the node it watches', { skip: withoutBrowser }, () => {
  let browser: Browser;
  before(async () => {
    browser = await startBrowser();
  });
  after(() => browser.close());

  it('shows the events and the actors of the new life, and not those that had their numbers', async (t) => {
    const old = await begin(0, ['left', 'right']);
    const { url } = old.inspector;
    const { page, complaints } = await openPage(browser, url.slice(0, -1));
    const rows = page.locator('#records li');
    await page.getByText('watching').waitFor();
    await page.getByRole('button', { name: /^left/ }).click();
    for (const type of ['OLD.first', 'OLD.second']) old.root.send({ type });
    const first = rows.filter({ hasText: '✉' }).filter({ hasText: 'OLD.first' });
    await first.locator('summary').click();
    await page.getByRole('button', { name: 'Pause' }).click();

    await old.inspector.close();
    old.root.stop();
    await page.getByText('connection lost').waitFor();
    const next = await begin(Number(new URL(url).port), ['right', 'left']);
    t.after(() => next.inspector.close());
    t.after(() => next.root.stop());
    await page.getByText('watching').waitFor();
    for (const type of ['NEW.first', 'NEW.second']) next.root.send({ type });
    await page.getByText('3 actors, 7 records').waitFor();
    await first.locator('details[open]').waitFor();
    assert.equal(await rows.filter({ hasText: 'NEW' }).count(), 0, 'while it is paused');

    await page.getByRole('button', { name: 'Go on' }).click();
    await rows.filter({ hasText: 'NEW.second' }).first().waitFor();
    assert.equal(await rows.filter({ hasText: 'OLD' }).count(), 0);
    assert.equal(await rows.locator('details[open]').count(), 0);
    const parts = await page.locator('#tree .name').allTextContents();
    assert.deepEqual(parts, ['node', 'right', 'left']);
    assert.equal(await page.locator('#chosen-title').textContent(), 'left');
    const marked = page.locator('#tree button[aria-current="true"] .name');
    assert.equal(await marked.textContent(), 'left', 'which has another number now');
    assert.deepEqual(complaints, []);
  });

  it('says of the chosen actor that it is not there where it does not come again, and finds it when it does', async (t) => {
    const node = { name: 'node7', role: 'master', version: '1' };
    const old = room();
    const first = await openInspector({ tap: old.tap, port: 0, node });
    t.after(() => first.close());
    const port = Number(new URL(first.url).port);
    const { page, complaints } = await openPage(browser, first.url.slice(0, -1));
    await page.getByRole('button', { name: /^permission/ }).click();
    const lights = page.locator('#chart .lit, #chart .taken');
    old.ask();
    await page.locator('#chart g.edge.taken').first().waitFor();
    await page.locator('#context-status', { hasText: 'granted (active)' }).waitFor();

    await first.close();
    old.root.stop();
    await page.getByText('connection lost').waitFor();
    const without = await begin(port, ['right']);
    t.after(() => without.inspector.close());
    const title = page.locator('#chosen-title');
    await page.getByRole('heading', { name: 'permission: it is not there any more' }).waitFor();
    assert.equal(await lights.count(), 0);
    assert.equal(await page.locator('#context-status').textContent(), 'as it was told last');
    assert.match((await page.locator('#context').textContent()) ?? '', /"connectionId": 7/);
    assert.equal(await page.locator('#mailbox').textContent(), 'none: it has ended');
    assert.equal(await page.evaluate(PICTURE_FILTER), 'grayscale(1)');

    await without.inspector.close();
    without.root.stop();
    const again = room();
    t.after(() => again.root.stop());
    const last = await openInspector({ tap: again.tap, port, node });
    t.after(() => last.close());
    await page.locator('#context-status', { hasText: 'free (active)' }).waitFor();
    assert.equal(await title.textContent(), 'permission');
    await page.locator('#chart g.lit', { hasText: 'free' }).waitFor();
    assert.equal(await page.evaluate(PICTURE_FILTER), 'none');
    assert.deepEqual(complaints, []);
  });
});
