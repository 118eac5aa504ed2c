import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { openInspector } from '../../src/inspect/server.ts';
import { waitFor } from '../harness/wait-for.ts';
import { openPage, startBrowser, withoutBrowser } from '../page/browser.ts';
import { room } from './room.ts';

describe('the page on which machines are watched', { skip: withoutBrowser }, () => {
  const { root, tap, ask, begin, release } = room();
  let browser: Browser;
  let page: Page;
  let complaints: string[];
  let close: () => Promise<void>;

  before(async () => {
    const inspector = await openInspector({
      tap,
      port: 0,
      node: { name: 'node7', role: 'master', version: '1' },
    });
    close = () => inspector.close();
    browser = await startBrowser();
    ({ page, complaints } = await openPage(browser, inspector.url.slice(0, -1)));
    await page.getByText('watching').waitFor();
  });
  after(async () => {
    await browser.close();
    await close();
    root.stop();
  });
  const lit = (state: string) => page.locator('#chart g.lit', { hasText: state });

  it('shows the tree, and the chart of the actor that is chosen with its state lit', async () => {
    await page.getByRole('heading', { name: 'master node7' }).waitFor();
    await page.getByRole('button', { name: /^master alive\.running/ }).waitFor();
    await lit('running').first().waitFor();
    await page.getByRole('button', { name: /^permission free/ }).click();
    await page.getByRole('heading', { name: 'permission' }).waitFor();
    await lit('free').waitFor();
    await page.getByText('"maxLockedMs": 1000000').waitFor();
  });

  it('fits the chart to its place, of whatever size, and shows it in full size on demand', async () => {
    const isInside = async () => {
      const [place, svg] = await Promise.all([
        page.locator('#chart').boundingBox(),
        page.locator('#chart svg').boundingBox(),
      ]);
      assert.ok(place && svg);
      return (
        svg.x >= place.x &&
        svg.y >= place.y &&
        svg.x + svg.width <= place.x + place.width &&
        svg.y + svg.height <= place.y + place.height
      );
    };
    for (const width of [1_000, 1_600]) {
      await page.setViewportSize({ width, height: 700 });
      await waitFor(`a chart that fits at ${width}`, isInside);
    }
    await page.setViewportSize({ width: 1_000, height: 500 });
    await page.getByRole('button', { name: 'Full size' }).click();
    await waitFor('a chart that is larger than its place', async () => !(await isInside()));
    await page.getByRole('button', { name: 'Fit' }).click();
    await waitFor('the whole of it', isInside);
  });

  it('moves with the machine: the state, the transition that was taken, the event that caused it', async () => {
    ask();
    await lit('granted').waitFor();
    assert.equal(await lit('free').count(), 0);
    await page.locator('#chart g.edge.taken', { hasText: 'permission.ask' }).waitFor();
    await page
      .locator('#step', { hasText: 'permission.ask: integrityPermission.free → integrityPermission.granted' })
      .waitFor();
    begin();
    await lit('running').waitFor();
    await page.locator('#records li[data-kind="step"]', { hasText: 'granted ▸ running' }).waitFor();
  });

  it('shows what a search leaves, and stands still while it is paused', async () => {
    await page.getByRole('searchbox').fill('permission.begin');
    await page.locator('#records li', { hasText: 'permission.ask' }).first().waitFor({ state: 'detached' });
    assert.ok((await page.locator('#records li', { hasText: 'permission.begin' }).count()) >= 2);
    await page.getByRole('searchbox').fill('');
    await page.getByRole('button', { name: 'Pause' }).click();
    release();
    await lit('free').waitFor();
    const released = page.locator('#records li', { hasText: 'permission.release' });
    assert.equal(await released.count(), 0);
    await page.getByRole('searchbox').fill('permission.release');
    await page.getByText(/none of the last \d+ records passes this filter/).waitFor();
    await page.getByRole('searchbox').fill('');
    await page.locator('#records li', { hasText: 'permission.begin' }).first().waitFor();
    assert.equal(await released.count(), 0, 'a search changes nothing of that');
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.locator('#records li', { hasText: 'permission.release' }).first().waitFor();
  });

  it('shows frames with what they say, as texts and not as markup', async () => {
    const frame = {
      connection: 7,
      peer: '<b>wire</b>',
      command: 'syn_i_w_m_p',
      counter: 9,
      sizeBytes: 20,
    } as const;
    tap.frame({ ...frame, direction: 'in' });
    ask();
    tap.content(7, 'in', 9, { digest: '<img src=x>' });
    const row = page.locator('#records li[data-kind="frame"]', { hasText: '<b>wire</b> #9' });
    await row.locator('summary').click();
    await row.getByText('"digest": "<img src=x>"').waitFor();
    await page
      .locator('#records li[data-kind="event"]', { hasText: 'permission.ask' })
      .first()
      .locator('summary')
      .click();
    await page
      .getByText(/because of frame \d+/)
      .first()
      .waitFor();
  });

  it('leaves the frames of the connection that the chosen actor serves, and says so where nothing is left', async () => {
    const frame = {
      peer: 'a stranger',
      command: 'new_file',
      counter: 1,
      sizeBytes: 20,
      direction: 'in',
    } as const;
    tap.frame({ ...frame, connection: 8 });
    await page.locator('#records li', { hasText: 'a stranger' }).first().waitFor();
    for (const name of ['events', 'steps']) await page.getByLabel(name, { exact: true }).uncheck();
    await page.getByLabel('of the chosen actor').check();
    await page.locator('#records li', { hasText: 'a stranger' }).first().waitFor({ state: 'detached' });
    await page.locator('#records li[data-kind="frame"]', { hasText: 'wire' }).first().waitFor();
    await page.getByLabel('frames', { exact: true }).uncheck();
    await page.getByText(/none of the last \d+ records passes this filter/).waitFor();
    for (const name of ['events', 'steps', 'frames']) await page.getByLabel(name, { exact: true }).check();
    await page.getByLabel('of the chosen actor').uncheck();
  });

  it('says of what was there before it watched only that it is not younger', async () => {
    const age = page.locator('#tree .age').first();
    await waitFor('an age at least', async () => /^≥ \d/.test((await age.textContent()) ?? ''));
    const own = page.locator('#tree button', { hasText: 'permission' }).locator('.age');
    await waitFor('that of the lock, which has moved', async () =>
      /^\d/.test((await own.textContent()) ?? ''),
    );
  });

  it('asks nobody else for anything, and its scripts have no errors', () => assert.deepEqual(complaints, []));
});
