import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';

const PACKAGE = fileURLToPath(import.meta.resolve('@statelyai/inspect'));
/** What the package imports beside what its receiver needs. */
const UNUSED = [
  'fast-safe-stringify',
  'safe-stable-stringify',
  'isomorphic-ws',
  'partysocket',
  'superjson',
  '#uuid',
];
const STUB = 'export default {}; export const stringify = null, uuid = null;';
const XSTATE = 'export const toObserver = (next) => ({ next });';

const module = (source: string) => `data:text/javascript,${encodeURIComponent(source)}`;
const PAGE = `<!doctype html><title>receiver</title><ol id="seen"></ol>
<script type="importmap">${JSON.stringify({
  imports: {
    '@statelyai/inspect': '/inspect.mjs',
    xstate: module(XSTATE),
    ...Object.fromEntries(UNUSED.map((name) => [name, module(STUB)])),
  },
})}</script>
<script type="module">
  import { createBrowserReceiver } from '@statelyai/inspect';
  window.seen = [];
  createBrowserReceiver().subscribe((event) => {
    window.seen.push(event);
    const line = document.createElement('li');
    line.textContent = event.type + ' ' + (event.name ?? event.event?.type ?? '') + ' ' + JSON.stringify(event.snapshot?.value ?? null);
    document.getElementById('seen').append(line);
  });
</script>`;

/** A page with the receiver of `@statelyai/inspect`, in place of the inspector of Stately, which is in the internet. */
export async function startReceiver(): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer(({ url }, response) => {
    if (url === '/inspect.mjs') {
      response.setHeader('content-type', 'text/javascript').end(readFileSync(PACKAGE));
    } else response.setHeader('content-type', 'text/html').end(PAGE);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as { port: number };
  const close = () => new Promise<void>((closed) => server.close(() => closed()));
  return { url: `http://127.0.0.1:${port}/inspect`, close };
}
