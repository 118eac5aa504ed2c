import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Source } from '../../src/node/transfers/source.ts';
import { Wazuh4Peer } from '../../src/node/wazuh4/peer-dialect.ts';
import { noCipher } from '../../src/protocol/dialects/wazuh4/cipher.ts';
import { MusterError } from '../../src/protocol/errors.ts';

const peer = () =>
  new Wazuh4Peer(
    {
      role: 'master',
      nodeName: 'master',
      compatibleVersion: '4.7.5',
      maxFileBytes: 2 ** 30,
      maxSentFileBytes: 2 ** 30,
    },
    noCipher,
  );
const PATH = '/queue/cluster/worker1/a.zip';

test('a node of ours that ends a file by a digest that fits nothing has given it up: no transfer is asked to verify it', () => {
  for (const [digest, command] of [
    [Buffer.alloc(32), 'cancel_task'],
    [Buffer.alloc(32, 1), 'file_end'],
  ] as const) {
    const master = peer();
    const say = (counter: number, said: string, payload: Buffer) =>
      master.decodeRequest({ counter, command: said, encoding: 0, payload });
    say(1, 'hello', Buffer.from('worker1 wazuh worker 4.7.5'));
    master.encodeReply(1, 'hello', { name: 'master', version: '4.7.5', protocol: 1, features: [] });
    say(2, 'new_file', Buffer.from(PATH));
    master.encodeReply(2, 'new_file', { handle: 7, offset: 0 });
    const heard = say(3, 'file_end', Buffer.concat([Buffer.from(`${PATH} `), digest]));
    assert.equal(heard.command, command);
    assert.ok(master.encodeReply(3, command, {}).length > 0, 'it is answered as the peer asked');
  }
});

/** Has a transfer given up whose peer answers so; returns what was told of it. */
async function troubleOf(answer: MusterError): Promise<string[]> {
  const troubles: string[] = [];
  let accept = () => {};
  const accepted = new Promise<void>((resolve) => {
    accept = resolve;
  });
  let withdrawn = () => {};
  const isWithdrawn = new Promise<void>((resolve) => {
    withdrawn = resolve;
  });
  const source = new Source(
    {
      channel: {
        request: async () => {
          throw answer;
        },
      } as never,
      command: 'file_upd',
      sizeBytes: 10,
      timeoutMs: 1000,
      open: async () => ({ close: async () => {} }) as never,
      announce: async () => ({ handle: 7, offset: 0 }),
      finish: null,
      forget: null,
    },
    {
      window: {} as never,
      clock: { elapsedMs: () => 0 },
      emit: ({ type }) => {
        if (type === 'source.accepted') accept();
        if (type === 'source.withdrawn') withdrawn();
      },
      trouble: (what, error) => troubles.push(`${what}: ${error.toLog()}`),
    },
  );
  await accepted;
  source.command({ type: 'source.withdraw', failure: { code: 3119, message: 'full' } });
  await isWithdrawn;
  return troubles;
}

test('a peer that has no such transfer any more was the first to know: only other answers to its end are told of', async () => {
  for (const code of [3103, 3108, 3112]) assert.deepEqual(await troubleOf(new MusterError(code)), []);
  const [trouble = ''] = await troubleOf(new MusterError(3020));
  assert.match(trouble, /could not be told that a transfer ended: Error 3020/);
});
