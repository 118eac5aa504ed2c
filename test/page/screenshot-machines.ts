import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SOURCES } from '../e2e/node-process.ts';
import { waitFor } from '../harness/wait-for.ts';
import { openPage, startBrowser, withoutBrowser } from './browser.ts';

// The pictures of docs/inspecting.md: a demonstration starts, its master is watched, and the first sync of a worker is
// caught in the act. `npm run screenshot:machines -- DIR` puts them elsewhere.

const [folder = fileURLToPath(new URL('../../docs/images/', import.meta.url))] = process.argv.slice(2);
/** So many that a sync takes long enough to be seen. */
const FILES = 60_000;
const PORT = 9330;
const READY_TIMEOUT_MS = 60_000;
/** States of a sync in which something is on its way. */
const BUSY = /^serve (sending|finishing)/;

if (withoutBrowser) throw new Error(withoutBrowser);
const browser = await startBrowser();
const options = ['--inspect', String(PORT), '--workers', '2', '--files', String(FILES), '--agents', '20'];
const demo = spawn(process.execPath, [SOURCES, 'demo', ...options], {
  stdio: ['ignore', 'ignore', 'inherit'],
});
try {
  const address = `http://127.0.0.1:${PORT}`;
  const isThere = () =>
    fetch(`${address}/about`).then(
      ({ ok }) => ok,
      () => false,
    );
  await waitFor('the page', isThere, READY_TIMEOUT_MS);
  const { page } = await openPage(browser, address, { viewport: { width: 1900, height: 1150 } });
  const serve = page.getByRole('button', { name: BUSY }).first();
  await serve.click({ timeout: READY_TIMEOUT_MS });
  await page.locator('#chart g.lit').first().waitFor();
  await page.locator('#chart g.taken').first().waitFor();
  await page.getByRole('button', { name: 'Pause' }).click();
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const path = join(folder, `machines-${colorScheme}.png`);
    await page.screenshot({ path });
    console.log(path);
  }
} finally {
  await browser.close();
  const ended = once(demo, 'exit');
  demo.kill('SIGTERM');
  await ended;
}
