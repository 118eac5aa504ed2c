import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { MAX_SOCKET_PATH_BYTES } from '../../src/transport/limits.ts';
import type { ListenOptions } from '../../src/transport/transport.ts';
import { UnixTransport } from '../../src/transport/unix.ts';
import { waitFor } from '../harness/wait-for.ts';

const directory = mkdtempSync(join(tmpdir(), 'muster-unix-'));
after(() => rmSync(directory, { recursive: true, force: true }));
const anybody: ListenOptions = {
  onConnection: (connection) => connection.destroy(null),
  onRejected: () => {},
  onError: (error) => assert.fail(error),
};

test('owner and group may connect, whatever the umask, and nothing else is left beside the socket', async () => {
  const path = join(directory, 'mode', 'sub', 's');
  for (const mask of [0o000, 0o077, 0o777]) {
    mkdirSync(dirname(path), { recursive: true });
    const before = process.umask(mask);
    const listener = await new UnixTransport(path).listen(anybody).finally(() => process.umask(before));
    assert.equal(statSync(path).mode & 0o777, 0o660);
    assert.deepEqual(readdirSync(join(directory, 'mode', 'sub')), ['s']);
    await listener.close();
    assert.deepEqual(
      readdirSync(join(directory, 'mode', 'sub')),
      [],
      'a closed listener takes its socket along',
    );
  }
});

test('a socket that a dead process left is replaced; one that answers is not', async () => {
  const path = join(directory, 'stale');
  const leave = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 9))`;
  assert.throws(() => execFileSync(process.execPath, ['-e', leave], { stdio: 'pipe' }));
  assert.ok(existsSync(path), 'the dead process left its socket');
  const listener = await new UnixTransport(path).listen(anybody);
  await assert.rejects(new UnixTransport(path).listen(anybody), {
    code: 3101,
    message: /another process serves it/,
  });
  await listener.close();
});

test('what is no socket is never replaced', async () => {
  const file = join(directory, 'precious');
  writeFileSync(file, 'data');
  const link = join(directory, 'link');
  symlinkSync(file, link);
  for (const path of [file, link, directory]) {
    await assert.rejects(new UnixTransport(path).listen(anybody), { code: 3101, message: /no socket/ });
  }
  assert.ok(statSync(file).isFile());
});

test('closing leaves the socket of a successor alone', async () => {
  const path = join(directory, 'successor');
  const first = await new UnixTransport(path).listen(anybody);
  rmSync(path);
  const second = await new UnixTransport(path).listen(anybody);
  await first.close();
  assert.ok(existsSync(path));
  (await new UnixTransport(path).connect({ timeoutMs: 1_000 })).destroy(null);
  await second.close();
});

test('a path that the system would cut is refused in words', async () => {
  const longest = join(directory, 'x'.repeat(MAX_SOCKET_PATH_BYTES - directory.length - 1));
  await (await new UnixTransport(longest).listen(anybody)).close();
  await assert.rejects(new UnixTransport(`${longest}x`).listen(anybody), {
    code: 3101,
    message: /107 bytes/,
  });
});

test('a directory that cannot be written is named with its cause', async () => {
  const path = join(directory, 'precious', 's');
  await assert.rejects(new UnixTransport(path).listen(anybody), { code: 3101, message: /ENOTDIR/ });
  await assert.rejects(new UnixTransport(join(directory, 'nobody')).connect({ timeoutMs: 1_000 }), {
    code: 3102,
  });
});

test('a queue of connections that is full is waited for, as long as there is time', async () => {
  const path = join(directory, 'full');
  const script = `require('node:net').createServer(() => {}).listen({ path: ${JSON.stringify(path)}, backlog: 1 }, () => console.log('up'))`;
  const server = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const waiting: Socket[] = [];
  try {
    await once(server.stdout, 'data');
    server.kill('SIGSTOP');
    const outcomes: string[] = [];
    await waitFor('a full queue', async () => {
      const socket = connect(path);
      waiting.push(socket);
      socket.once('connect', () => outcomes.push('in'));
      socket.once('error', ({ code }: NodeJS.ErrnoException) => outcomes.push(code ?? ''));
      return outcomes.includes('EAGAIN');
    });
    const transport = new UnixTransport(path);
    const words = /too many connect to this socket at once/;
    await assert.rejects(transport.connect({ timeoutMs: 100 }), { code: 3102, message: words });
    const given = new AbortController();
    const abandoned = transport.connect({ timeoutMs: 10_000, signal: given.signal });
    given.abort();
    await assert.rejects(abandoned, { code: 3120 });
    const patient = transport.connect({ timeoutMs: 10_000 });
    server.kill('SIGCONT');
    (await patient).destroy(null);
  } finally {
    for (const socket of waiting) socket.destroy();
    server.kill('SIGKILL');
  }
});

test('a listener whose directory cannot be entered any more is closed all the same', async () => {
  const folder = join(directory, 'closed');
  const listener = await new UnixTransport(join(folder, 's')).listen(anybody);
  renameSync(folder, `${folder}-away`);
  // Root may enter every directory, but no link that leads to itself.
  symlinkSync(folder, folder);
  await listener.close();
});
