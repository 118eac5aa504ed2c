import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { basic } from '../api/fixture.ts';
import { SOURCES } from '../e2e/node-process.ts';
import { waitFor } from '../harness/wait-for.ts';
import { logIn, openPage, startBrowser, withoutBrowser } from './browser.ts';

// The pictures of the live page in the README: `npm run screenshot` takes them of a demonstration that runs. With a folder,
// `npm run screenshot -- DIR`, the page is pictured there in all its looks, to be looked at.

const README_FOLDER = fileURLToPath(new URL('../../docs/images/', import.meta.url));
const [folder = README_FOLDER] = process.argv.slice(2);
const SCHEMES = ['light', 'dark'] as const;
const WIDTHS = { '': 1280, ...(folder !== README_FOLDER && { '-phone': 390 }) };
const READY_TIMEOUT_MS = 60_000;
/** Files of a few changes stand in the history by then. */
const CHANGES = 6;
const AGENTS = 400;
const ASKED = 20;

if (withoutBrowser) throw new Error(withoutBrowser);
const demo = spawn(process.execPath, [SOURCES, 'demo', '--agents', String(AGENTS)], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
try {
  let output = '';
  demo.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const access = /page: (http\S+:\d+)\/ {2}user (\S+), password (\S+)/;
  await waitFor('the page', () => access.test(output), READY_TIMEOUT_MS);
  const [, address = '', user = '', password = ''] = access.exec(output) ?? [];
  const browser = await startBrowser();
  const { page } = await openPage(browser, address, { viewport: { width: 1280, height: 900 } });
  await logIn(page, user, password);
  const changes = page.locator('#history > li');
  await waitFor('some changes', async () => (await changes.count()) >= CHANGES, READY_TIMEOUT_MS);
  const active = page.locator('#agents-by-status > li[data-kind="active"] .count');
  const isReported = async () => Number(await active.textContent()) >= AGENTS / 2;
  await waitFor('most agents to report', isReported, READY_TIMEOUT_MS);
  await askSome(address, user, password);
  const asked = page.locator('#requests > div:first-child + div .value');
  await waitFor(
    'the requests to be shown',
    async () => (await asked.textContent()) !== '0.0',
    READY_TIMEOUT_MS,
  );
  await page.locator('#history summary').first().click();
  await page.evaluate('scrollTo(0, 0)');
  await mkdir(folder, { recursive: true });
  for (const [look, width] of Object.entries(WIDTHS)) {
    await page.setViewportSize({ width, height: 900 });
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme });
      const path = join(folder, `page-${colorScheme}${look}.png`);
      await page.screenshot({ path, fullPage: true });
      console.log(path);
    }
  }
  await browser.close();
} finally {
  const ended = once(demo, 'exit');
  demo.kill('SIGTERM');
  await ended;
}

/** Somebody uses the API meanwhile. */
async function askSome(address: string, user: string, password: string): Promise<void> {
  const logIn = await fetch(`${address}/security/user/authenticate?raw=true`, {
    headers: basic(user, password),
  });
  const headers = { authorization: `Bearer ${await logIn.text()}` };
  for (let i = 1; i <= ASKED; i += 1) {
    for (const path of ['/cluster/nodes', '/agents', `/syscollector/${String(i).padStart(3, '0')}/os`]) {
      const answer = await fetch(`${address}${path}`, { headers });
      if (!answer.ok) throw new Error(await answer.text());
      await answer.text();
    }
  }
}
