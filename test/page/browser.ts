import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** Debian's. */
const CHROMIUM = process.env.MUSTER_CHROMIUM ?? '/usr/bin/chromium';

/** Why tests of the page are left out; false where they are not. */
export const withoutBrowser: string | false = existsSync(CHROMIUM)
  ? false
  : `there is no Chromium at ${CHROMIUM} (apt-get install chromium)`;

export function startBrowser(): Promise<Browser> {
  // Containers run as root and have small shared memory.
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

/** A page that tells of every error of its scripts and every request that leaves its own address. */
export async function openPage(
  browser: Browser,
  address: string,
  options: BrowserContextOptions = {},
): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) complaints.push(message.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(address)) complaints.push(`a request to ${request.url()}`);
  });
  await page.goto(`${address}/`);
  return { page, complaints };
}

export async function logIn(page: Page, user: string, password: string): Promise<void> {
  await page.getByLabel('User').fill(user);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
}
