import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { MAX_LOCAL_UNREAD_BYTES } from '../../src/node/settings.ts';
import { musterDialect } from '../../src/protocol/dialects/muster.ts';
import { MAX_ECHO_CHARS } from '../../src/protocol/limits.ts';
import { waitFor } from '../harness/wait-for.ts';
import { DapiCluster } from './dapi-cluster.ts';

/** So many of the largest echoes have room. */
const ECHOES = MAX_LOCAL_UNREAD_BYTES / MAX_ECHO_CHARS;

/** A quarter of a gigabyte goes through one process. */
const DEADLINE_MS = 60_000;
/** The largest question, by its counter. */
const questions = [0, 1].map((counter) =>
  musterDialect.encodeRequest(counter, 'echo', { data: 'x'.repeat(MAX_ECHO_CHARS) }),
);

let dapi: DapiCluster;
const deaf: Deaf[] = [];
afterEach(() => {
  for (const { socket } of deaf) socket.destroy();
  return dapi.close();
});

/** A program at the local socket that asks and does not read. */
class Deaf {
  readonly socket: Socket;
  isClosed = false;

  constructor(home: string) {
    this.socket = connect(join(home, 'queue/cluster/c-internal.sock'));
    this.socket.pause();
    deaf.push(this);
    this.socket.on('error', () => {
      // To be dropped is what it has to expect.
    });
    this.socket.on('close', () => {
      this.isClosed = true;
    });
  }

  ask(counter: number): void {
    for (const chunk of questions[counter] ?? []) this.socket.write(chunk);
  }
}

const until = (what: string, isSo: () => boolean) => waitFor(what, isSo, DEADLINE_MS);

test('Local protocol: beyond what all clients may leave unread together, the one that leaves most is told of and closed, and the others are served', async () => {
  dapi = await DapiCluster.start({ workers: 0 });
  const { cluster } = dapi;
  const client = await dapi.client(cluster.master);
  const { home, services, log } = cluster.master;
  const greedy = new Deaf(home);
  greedy.ask(0);
  greedy.ask(1);
  /** One after the other: what they ask has a common bound too. */
  const hasAnswered = (count: number) => {
    const channels = Array.from({ length: ECHOES + 9 }, (_, id) => services.channels.find(id));
    const bytes = channels.reduce((sum, channel) => sum + (channel?.statistics.bytesOut ?? 0), 0);
    return bytes >= count * MAX_ECHO_CHARS || /Dropped/.test(log.text());
  };
  await until('the first answers', () => hasAnswered(2));
  const others: Deaf[] = [];
  while (others.length < ECHOES - 1) {
    const other = new Deaf(home);
    other.ask(0);
    others.push(other);
    await until('the next answer', () => hasAnswered(2 + others.length));
  }
  await until('one to be told of', () =>
    /Dropped client \d+ of the local socket: Error 3110 - .* it leaves \d+ bytes unread/.test(log.text()),
  );
  // It reads nothing, and so does not hear of its end.
  greedy.socket.resume();
  await until('it to be closed', () => greedy.isClosed);
  assert.equal((await client.command('get_config', {})).node_name, 'master');
  assert.equal(services.channels.size, others.length + 1, 'the others are served');
});
