import assert from 'node:assert/strict';
import test, { after } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { MusterError } from '../../src/protocol/errors.ts';
import { openApi, PASSWORD } from '../api/fixture.ts';
import { waitFor } from '../harness/wait-for.ts';
import { logIn, openPage, startBrowser, withoutBrowser } from './browser.ts';
import { FakeNodes } from './fake-nodes.ts';

const NAMES = ['master', 'worker1', 'worker2', 'worker3'];
const WIDTHS = [390, 1280];
const skip = withoutBrowser;

const api = await openApi();
const nodes = new FakeNodes(api.cluster, NAMES);
const address = await api.app.listen({ host: '127.0.0.1', port: 0 });
const browser = skip ? (null as unknown as Browser) : await startBrowser();
after(() => browser?.close());

async function livePage(options = {}): Promise<{ page: Page; complaints: string[] }> {
  const opened = await openPage(browser, address, options);
  await logIn(opened.page, 'watcher', PASSWORD);
  await card(opened.page, 'worker1').waitFor();
  return opened;
}

const card = (page: Page, name: string) => page.getByRole('article', { name });
const stateOf = (page: Page, name: string) => card(page, name).locator('.state');
const shows = (page: Page, name: string, words: RegExp) =>
  waitFor(`${name} is shown as ${words}`, async () =>
    words.test((await stateOf(page, name).textContent()) ?? ''),
  );

test('a node dies and comes back, and the page tells it without a reload', { skip }, async () => {
  const { page, complaints } = await livePage();
  await page.evaluate('window.isTheSame = true');
  await shows(page, 'worker3', /^in step$/);
  const [gone] = nodes.nodes.splice(3, 1);
  await shows(page, 'worker3', /^gone, seen/);
  assert.match((await page.locator('#tiles').textContent()) ?? '', /nodes connected31 gone/);
  assert.equal(await page.locator('#news').textContent(), 'worker3 is gone');
  assert.match(await page.title(), /^\(1 gone\)/);
  if (gone !== undefined) nodes.nodes.push(gone);
  await shows(page, 'worker3', /^in step$/);
  assert.equal(await page.locator('#news').textContent(), 'worker3 is connected');
  assert.equal(await page.evaluate('window.isTheSame'), true, 'it was not loaded again');
  assert.deepEqual(complaints, []);
  await page.close();
});

test('a worker that lags is shown with how long it has', { skip }, async () => {
  const { page } = await livePage();
  const worker = nodes.nodes[2];
  assert.ok(worker !== undefined);
  worker.inStep = false;
  await shows(page, 'worker2', /^behind$/);
  await waitFor('the lag', async () =>
    /for \d/.test((await card(page, 'worker2').locator('.lag').textContent()) ?? ''),
  );
  worker.inStep = true;
  await shows(page, 'worker2', /^in step$/);
  await page.close();
});

test('while the daemon is away the page says why and shows what it knew; then it goes on', {
  skip,
}, async () => {
  const { page } = await livePage();
  const before = new Map(api.cluster.answers);
  for (const method of before.keys()) {
    api.cluster.answers.set(method, () => {
      throw new MusterError(3012, 'no daemon answers');
    });
  }
  await page.getByText('no daemon answers (3012)').waitFor();
  assert.ok(await card(page, 'worker1').isVisible());
  for (const [method, answer] of before) api.cluster.answers.set(method, answer);
  await page.locator('#trouble').waitFor({ state: 'hidden' });
  await page.close();
});

test('files of the last syncs are shown by name, and stay open while the page is drawn anew', {
  skip,
}, async () => {
  const { page } = await livePage();
  const sync = page.locator('#history > li').filter({ hasText: 'worker2' });
  await sync.locator('summary').click();
  await sync.getByText('etc/rules/local_rules.xml').waitFor();
  const worker = nodes.nodes[3];
  assert.ok(worker !== undefined);
  worker.agents = 4_321;
  await card(page, 'worker3').getByText('4,321').waitFor();
  assert.ok(await sync.getByText('etc/rules/local_rules.xml').isVisible());
  await page.close();
});

test('names from the cluster are texts, whatever they look like', { skip }, async () => {
  const { page, complaints } = await livePage();
  const evil = '<img src=x onerror=alert(1)>';
  nodes.nodes[1] = {
    name: 'worker1',
    status: {
      recentSyncs: [
        {
          startedAt: '2026-02-01T08:00:00.000Z',
          durationSeconds: 1,
          failure: null,
          created: 1,
          updated: 0,
          deleted: 0,
          files: { created: [evil], updated: [], deleted: [] },
        },
      ],
    },
  };
  const code = page.locator('#history code', { hasText: evil });
  await code.waitFor({ state: 'attached' });
  assert.equal(await page.locator('#history img').count(), 0);
  assert.deepEqual(complaints, []);
  await page.close();
});

test('a wrong password is told, and the next try works', { skip }, async () => {
  const { page } = await openPage(browser, address);
  await logIn(page, 'watcher', 'not the password');
  await page.getByRole('alert').getByText('Wrong user or password').waitFor();
  await logIn(page, 'watcher', PASSWORD);
  await card(page, 'worker1').waitFor();
  await page.close();
});

test('everything can be done with a keyboard, in the order in which it is read', { skip }, async () => {
  const { page } = await openPage(browser, address);
  assert.equal(await page.evaluate('document.activeElement.name'), 'user', 'one may type at once');
  await page.keyboard.type('watcher');
  await page.keyboard.press('Tab');
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await card(page, 'worker1').waitFor();
  assert.equal(await page.evaluate('document.activeElement.id'), 'main');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  assert.notEqual(await page.locator('#history details').first().getAttribute('open'), null);
  const focused = () => page.evaluate('document.activeElement.textContent');
  for (const name of ['Log out', 'API', 'Skip to the nodes']) {
    await page.keyboard.press('Shift+Tab');
    assert.equal(await focused(), name);
  }
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Log in' }).waitFor();
  await page.close();
});

test('a token that is withdrawn ends the page, with words', { skip }, async () => {
  await api.services.users.add('guest', 'readonly', PASSWORD);
  const { page } = await openPage(browser, address);
  await logIn(page, 'guest', PASSWORD);
  await card(page, 'worker1').waitFor();
  await api.services.users.remove('guest');
  api.app.server.closeAllConnections();
  await page.getByRole('alert').getByText('log in again').waitFor();
  await page.close();
});

for (const width of WIDTHS) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`at ${width} pixels in the ${colorScheme} nothing is cut off, and texts can be read`, {
      skip,
    }, async () => {
      const { page } = await livePage({ colorScheme, viewport: { width, height: 800 } });
      const [gone] = nodes.nodes.splice(3, 1);
      await shows(page, 'worker3', /^gone, seen/);
      assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width);
      assert.deepEqual(await page.evaluate(FAINT_TEXTS), []);
      if (gone !== undefined) nodes.nodes.push(gone);
      await page.close();
    });
  }
}

test('the page survives a restart of the API, and goes on by itself', { skip }, async () => {
  const { page } = await livePage();
  await page.getByText('Live', { exact: true }).waitFor();
  const { port } = api.app.server.address() as { port: number };
  api.app.server.closeAllConnections();
  await api.app.close();
  await page.getByText('Connection lost; trying again…').waitFor();
  const again = await api.restart();
  await again.listen({ host: '127.0.0.1', port });
  await page.getByText('Connection lost; trying again…').waitFor({ state: 'hidden' });
  await page.close();
});

/** Texts whose contrast with what is behind them is below 4.5 (WCAG 2, AA). */
const FAINT_TEXTS = `(() => {
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  const rgb = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const luminance = (color) => {
    const [r, g, b] = rgb(color).map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let e = element; e !== null; e = e.parentElement) {
      const color = getComputedStyle(e).backgroundColor;
      if (rgb(color)[3] === 255) return color;
    }
    return 'white';
  };
  const faint = [];
  for (const element of document.querySelectorAll('body *')) {
    const text = [...element.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data.trim()).join('');
    if (text === '' || element.closest('[aria-hidden], .visually-hidden, [hidden], noscript') || !element.checkVisibility()) continue;
    const [a, b] = [luminance(getComputedStyle(element).color), luminance(ground(element))].sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05);
    if (contrast < 4.5) faint.push(element.className + ': ' + text + ' ' + contrast.toFixed(2));
  }
  return faint;
})()`;
