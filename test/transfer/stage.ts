import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Actor, createActor } from 'xstate';
import type { FileSendInput, FileSendOutput } from '../../machines/transfer/file-send.ts';
import type { StringSendInput, StringSendOutput } from '../../machines/transfer/string-send.ts';
import type { TransferDeps } from '../../src/node/transfers/index.ts';
import type { Dialect } from '../../src/protocol/dialects/dialect.ts';
import { musterDialect } from '../../src/protocol/dialects/muster.ts';
import { ManualClock } from '../harness/manual-clock.ts';
import { pipe } from './pipe.ts';
import { digestBytes, type Link, type LinkOptions, openFilesBelow, Side } from './side.ts';
import { waitFor } from './wait-for.ts';

type Overrides = Partial<TransferDeps>;

/** Two sides in one temporary directory, which goes with the test. */
export class Stage {
  readonly clock = new ManualClock();
  readonly directory = mkdtempSync(join(tmpdir(), 'muster-transfer-'));
  readonly spool = join(this.directory, 'spool');
  readonly sender: Side;
  readonly receiver: Side;

  constructor(test: TestContext | null, overrides: { sender?: Overrides; receiver?: Overrides } = {}) {
    this.sender = new Side(this.clock, join(this.directory, 'unused'), overrides.sender);
    this.receiver = new Side(this.clock, this.spool, overrides.receiver);
    test?.after(() => this.remove());
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  connect({
    dialects: [ours, theirs] = [musterDialect, musterDialect],
    ...options
  }: Omit<LinkOptions, 'dialect'> & { dialects?: readonly [Dialect, Dialect] } = {}): {
    from: Link;
    to: Link;
  } {
    const [a, b] = pipe();
    return {
      from: this.sender.connect(a, { ...options, dialect: ours }),
      to: this.receiver.connect(b, { ...options, dialect: theirs }),
    };
  }

  /** A file to send, and what `fileSend` needs to know of it. */
  async file(name: string, content: Uint8Array): Promise<Omit<FileSendInput, 'connectionId'>> {
    const path = join(this.directory, 'source', name);
    await mkdir(join(this.directory, 'source'), { recursive: true });
    await writeFile(path, content);
    const digest = await digestBytes(content);
    return { path, name, sizeBytes: content.length, digest, progressTimeoutMs: 1000 };
  }

  sendFile(
    link: Pick<Link, 'id' | 'side'>,
    file: Omit<FileSendInput, 'connectionId'>,
  ): Actor<Side['transfers']['fileSend']> {
    const input = { connectionId: link.id, ...file };
    // It has no parent here.
    const machine = link.side.transfers.fileSend.provide({
      actions: { tellProgress: (_, bytesSent) => link.side.progress.push(bytesSent) },
    });
    const actor = createActor(machine, { input, clock: this.clock });
    actor.subscribe({ error: (error) => link.side.troubles.push(String(error)) });
    return actor.start();
  }

  sendString(
    link: Pick<Link, 'id' | 'side'>,
    input: Omit<StringSendInput, 'connectionId' | 'progressTimeoutMs'>,
  ): Actor<Side['transfers']['stringSend']> {
    const actor = createActor(link.side.transfers.stringSend, {
      input: { connectionId: link.id, progressTimeoutMs: 1000, ...input },
      clock: this.clock,
    });
    actor.subscribe({ error: (error) => link.side.troubles.push(String(error)) });
    return actor.start();
  }

  /** What lies in the spool. */
  async spooled(): Promise<string[]> {
    return (await readdir(this.spool).catch(() => [])).sort();
  }

  /** Nothing below the directory is open any more, and nothing went wrong unseen. */
  async quiet(): Promise<void> {
    await waitFor('all files closed', () => openFilesBelow(this.directory).length === 0);
  }
}

export async function outputOf<Output extends FileSendOutput | StringSendOutput>(actor: {
  getSnapshot(): { status: string; output?: Output | undefined };
}): Promise<Output> {
  await waitFor('the end of a transfer', () => actor.getSnapshot().status === 'done');
  const { output } = actor.getSnapshot();
  if (output === undefined) throw new Error('no output');
  return output;
}

/** Bytes without repetition at the distance of a chunk, so that a piece in the wrong place is seen. */
export function content(sizeBytes: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(sizeBytes);
  let state = seed >>> 0;
  for (let at = 0; at < sizeBytes; at += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}
