import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { MAX_WATCHERS } from '../../src/inspect/limits.ts';
import { isOurs, openInspector } from '../../src/inspect/server.ts';
import { waitFor } from '../harness/wait-for.ts';
import { room } from './room.ts';

const node = { name: 'master', role: 'master', version: '1' };

async function served() {
  const { root, tap, ...deeds } = room();
  const inspector = await openInspector({ tap, port: 0, node });
  const { port, host } = new URL(inspector.url);
  const close = async () => {
    await inspector.close();
    root.stop();
  };
  /** A request of somebody who chooses each header, and what has come back so far. */
  const raw = (path: string, headers: Record<string, string> = {}) => {
    const socket = connect(Number(port), '127.0.0.1');
    const lines = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
    const answer = { socket, text: '', isClosed: false };
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer.text += text;
    });
    socket.on('close', () => {
      answer.isClosed = true;
    });
    socket.on('error', () => {
      // Dropped by the server: `close` follows.
    });
    return answer;
  };
  return { inspector, tap, port: Number(port), url: inspector.url, close, raw, ...deeds };
}

describe('the page of a node that is watched', () => {
  it('is served on loopback only, with everything that it needs, charts too', async () => {
    const { url, close } = await served();
    assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/$/);
    const about = (await (await fetch(`${url}about`)).json()) as {
      charts: Record<string, { chart: string }>;
    };
    assert.equal(about.charts.integrityPermission?.chart, 'integrity-permission');
    for (const path of [
      '',
      'app.js',
      'style.css',
      'charts/integrity-permission.svg',
      'charts/supervisor.svg',
    ]) {
      const answer = await fetch(url + path);
      assert.equal(answer.status, 200, path);
      assert.match(answer.headers.get('content-security-policy') ?? '', /default-src 'none'/);
    }
    assert.equal((await fetch(`${url}charts/../../../package.json`)).status, 404);
    assert.equal((await fetch(`${url}charts/%2e%2e/%2e%2e/package.json`)).status, 404);
    await close();
  });

  it('is refused to pages of other origins and under other names, which a browser could be talked into', async () => {
    const { port, raw, close } = await served();
    const foreign: Record<string, string>[] = [
      { host: `evil.example:${port}` },
      { host: '127.0.0.1' },
      { origin: 'http://evil.example' },
      { origin: 'null' },
      // A picture or a frame of a foreign page names no origin.
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'image' },
      { 'sec-fetch-site': 'same-site', 'sec-fetch-dest': 'iframe' },
    ];
    for (const headers of foreign) {
      for (const path of ['/about', '/records', '/']) {
        const answer = raw(path, headers);
        await waitFor('an answer', () => answer.text.includes('\r\n') || null);
        assert.match(answer.text, /^HTTP\/1\.1 403 /, JSON.stringify(headers));
        answer.socket.destroy();
      }
    }
    const origin = `http://127.0.0.1:${port}`;
    const ours: Record<string, string>[] = [
      { host: `localhost:${port}`, origin },
      { 'sec-fetch-site': 'same-origin' },
      { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' },
    ];
    for (const headers of ours) {
      const own = raw('/about', headers);
      await waitFor('an answer', () => own.text.includes('\r\n') || null);
      assert.match(own.text, /^HTTP\/1\.1 200 /, JSON.stringify(headers));
      own.socket.destroy();
    }
    await close();
  });

  it('is for a browser that leaves the port out, as it does with that of HTTP and no other', () => {
    const asked = (localPort: number, host: string, origin?: string) =>
      isOurs({ headers: { host, ...(origin !== undefined && { origin }) }, socket: { localPort } });
    for (const host of ['127.0.0.1', 'localhost', '127.0.0.1:80'])
      assert.ok(asked(80, host, `http://${host}`));
    assert.deepEqual(
      [asked(9230, '127.0.0.1'), asked(80, 'evil.example'), asked(80, 'localhost', 'http://evil.example')],
      [false, false, false],
    );
  });

  it('follows the node, and costs nothing when nobody does any more', async () => {
    const { raw, tap, ask, close } = await served();
    const page = raw('/records');
    await waitFor('the actors', () => page.text.includes('"integrityPermission"') || null);
    ask();
    await waitFor('the step', () => page.text.includes('"integrityPermission.granted"') || null);
    assert.ok(tap.isWatched);
    page.socket.destroy();
    await waitFor('nobody to watch', () => !tap.isWatched || null);
    await close();
  });

  it('is not followed by more than may be, and a place that was left is free', async () => {
    const { raw, close } = await served();
    const pages = Array.from({ length: MAX_WATCHERS }, () => raw('/records'));
    for (const page of pages) await waitFor('its records', () => page.text.includes('data:') || null);
    const further = raw('/records');
    await waitFor('the refusal', () => further.text.includes('\r\n\r\n') || null);
    assert.match(further.text, /^HTTP\/1\.1 503 /);
    pages[0]?.socket.destroy();
    await waitFor('a place', async () => {
      const page = raw('/records');
      await waitFor('an answer', () => page.text.includes('\r\n') || null);
      return page.text.startsWith('HTTP/1.1 200') || null;
    });
    for (const { socket } of pages) socket.destroy();
    await close();
  });

  it('says which port cannot be had', async () => {
    const { port, close } = await served();
    const { root, tap } = room();
    await assert.rejects(openInspector({ tap, port, node }), {
      code: 3101,
      message: new RegExp(`:${port} `),
    });
    root.stop();
    await close();
  });
});
