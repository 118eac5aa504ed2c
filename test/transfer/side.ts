import { readdirSync, readlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { blake2b } from 'hash-wasm';
import { type Actor, createActor, setup } from 'xstate';
import type { Failure } from '../../machines/failure.ts';
import type { TransferReport } from '../../machines/transfer/transfers.ts';
import { Channel } from '../../src/node/channel.ts';
import { ChannelRegistry } from '../../src/node/channel-registry.ts';
import {
  provideTransfers,
  type TransferDeps,
  type TransferRecord,
  type Transfers,
} from '../../src/node/transfers/index.ts';
import type { Dialect } from '../../src/protocol/dialects/dialect.ts';
import { musterDialect } from '../../src/protocol/dialects/muster.ts';
import { MusterError } from '../../src/protocol/errors.ts';
import type { Connection } from '../../src/transport/transport.ts';
import type { ManualClock } from '../harness/manual-clock.ts';
import type { PipeEnd } from './pipe.ts';

export const digestBytes = (bytes: Uint8Array): Promise<string> => blake2b(bytes, 512);

/** One node, as far as transfers go: it lives on when its connections end. */
export class Side {
  readonly channels = new ChannelRegistry();
  readonly records: TransferRecord[] = [];
  readonly troubles: string[] = [];
  /** Bytes sent, as the files that travel tell it. */
  readonly progress: number[] = [];
  readonly transfers: Transfers;
  readonly clock: ManualClock;
  readonly spool: string;
  #lastId = 0;

  constructor(clock: ManualClock, spool: string, overrides: Partial<TransferDeps> = {}) {
    this.clock = clock;
    this.spool = spool;
    this.transfers = provideTransfers({
      channels: this.channels,
      clock,
      digestFile: async (path) => ({ digest: await digestBytes(await readFile(path)) }),
      digestBytes,
      spoolDirectory: () => spool,
      log: {
        ended: (record) => this.records.push(record),
        trouble: (_, what, error) => this.troubles.push(`${what}: ${error.toLog()}`),
      },
      ...overrides,
    });
  }

  /** Takes one end of a connection, and receives over it what the peer sends. */
  connect<End extends Connection>(end: End, options: LinkOptions = {}): Link<End> {
    this.#lastId += 1;
    return new Link(this, this.#lastId, end, options);
  }
}

export interface LinkOptions {
  readonly maxIncoming?: number;
  readonly progressTimeoutMs?: number;
  readonly dialect?: Dialect;
}

/** A connection of a side, with its `transfers` machine. */
export class Link<End extends Connection = PipeEnd> {
  readonly id: number;
  readonly end: End;
  readonly channel: Channel;
  readonly reports: TransferReport[] = [];
  readonly side: Side;
  isClosed = false;
  readonly #host: Actor<ReturnType<typeof hostMachine>>;

  constructor(side: Side, id: number, end: End, { dialect = musterDialect, ...options }: LinkOptions) {
    this.id = id;
    this.end = end;
    this.side = side;
    this.#host = createActor(
      hostMachine(side, (report) => this.reports.push(report), {
        connectionId: id,
        progressTimeoutMs: 1000,
        ...options,
      }),
      { clock: side.clock },
    );
    this.channel = new Channel({
      id,
      connection: end,
      dialect,
      clock: side.clock,
      awaitsHello: false,
      onRequest: (counter, command, args) =>
        this.tell({ type: `rx.${command}`, counter, ...failureIn(args) }),
      onClose: () => {
        this.isClosed = true;
        side.channels.remove(id);
        this.#host.stop();
      },
    });
    side.channels.add(this.channel);
    this.#host.subscribe({ error: (error) => side.troubles.push(String(error)) });
    this.#host.start();
  }

  /** Gives an event to the machine `transfers`. */
  tell(event: { type: string } & Record<string, unknown>): void {
    this.incoming()?.send(event as never);
  }

  incoming() {
    return this.#host.getSnapshot().children.transfers;
  }

  /** The states of what is being received. */
  receivingStates(): string[] {
    const snapshot = this.incoming()?.getSnapshot() as
      | { children: Record<string, { getSnapshot(): unknown }> }
      | undefined;
    const children = snapshot === undefined ? {} : snapshot.children;
    return Object.entries(children)
      .filter(([id]) => id.startsWith('incoming-'))
      .map(([, child]) => String((child.getSnapshot() as { value?: unknown }).value));
  }

  destroy(): void {
    this.channel.destroy(new MusterError(3103));
  }
}

function failureIn(args: unknown): object {
  const { error, ...rest } = args as { error?: { code: number; detail: string | null } };
  if (error === undefined) return rest;
  const failure: Failure = { code: error.code, message: error.detail ?? '' };
  return { ...rest, error: failure };
}

const hostMachine = (
  side: Side,
  onReport: (report: TransferReport) => void,
  input: { connectionId: number; progressTimeoutMs: number; maxIncoming?: number },
) =>
  setup({
    types: { events: {} as TransferReport, children: {} as { transfers: 'transfers' } },
    actors: { transfers: side.transfers.transfers },
    actions: { keep: ({ event }) => onReport(event) },
  }).createMachine({
    id: 'host',
    invoke: { id: 'transfers', src: 'transfers', input },
    on: { '*': { actions: 'keep' } },
  });

/** Paths below a directory that this process holds open. */
export function openFilesBelow(directory: string): string[] {
  return readdirSync('/proc/self/fd')
    .map((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`);
      } catch {
        return ''; // The one that lists the directory is gone by now.
      }
    })
    .filter((path) => path.startsWith(directory));
}
