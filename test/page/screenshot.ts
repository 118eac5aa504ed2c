import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { SOURCES } from '../e2e/node-process.ts';
import { waitFor } from '../harness/wait-for.ts';
import { logIn, openPage, startBrowser, withoutBrowser } from './browser.ts';

// The picture of the live page in the README: `npm run screenshot` takes it of a demonstration that runs.

const PICTURE = fileURLToPath(new URL('../../docs/images/page.png', import.meta.url));
const READY_TIMEOUT_MS = 60_000;
/** Files of a few changes stand in the history by then. */
const CHANGES = 6;

if (withoutBrowser) throw new Error(withoutBrowser);
const demo = spawn(process.execPath, [SOURCES, 'demo', '--agents', '400'], {
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
  await page.locator('#history summary').first().click();
  await page.evaluate('scrollTo(0, 0)');
  await mkdir(new URL('.', `file://${PICTURE}`), { recursive: true });
  await page.screenshot({ path: PICTURE, fullPage: true });
  await browser.close();
  console.log(PICTURE);
} finally {
  const ended = once(demo, 'exit');
  demo.kill('SIGTERM');
  await ended;
}
