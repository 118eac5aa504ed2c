import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { beginsWithWazuh4Hello } from '../../src/protocol/dialects/wazuh4/header.ts';
import { WAZUH4_HEADER_BYTES } from '../../src/protocol/dialects/wazuh4/limits.ts';

export interface Frame {
  readonly command: string;
  readonly bytes: Buffer;
}

/** What it does with a frame of one side; it may say anything to either side. Nothing it does needs the cluster key. */
export type Meddle = (
  frame: Frame,
  line: { toWorker(bytes: Buffer): void; toMaster(bytes: Buffer): void },
) => void;

export interface Meddling {
  readonly fromWorker: Meddle;
  readonly fromMaster: Meddle;
}

/** The same frame, called otherwise: headers are in the clear. */
export const as = (command: string, { bytes }: Frame, payloadOf: Frame = { command, bytes }): Buffer => {
  const payload = payloadOf.bytes.subarray(WAZUH4_HEADER_BYTES);
  const frame = Buffer.concat([bytes.subarray(0, WAZUH4_HEADER_BYTES), payload]);
  frame.writeUInt32BE(payload.length, 4);
  frame.write(`${command} `.padEnd(12, '-'), 8, 'latin1');
  return frame;
};

/** Somebody between a worker and its master: ends whatever is not the dialect of 4.x, and meddles with that. */
export class Between implements AsyncDisposable {
  /** Connections that were ended, as they spoke another dialect. */
  refused = 0;
  /** Commands of the worker that came in the dialect of 4.x, in order. */
  readonly seen: string[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(master: () => string, meddling: Meddling) {
    this.#server = createServer((worker) => this.#accept(worker, master(), meddling));
  }

  static async start(master: () => string, meddling: Meddling): Promise<Between> {
    const between = new Between(master, meddling);
    between.#server.listen(0, '127.0.0.1');
    await once(between.#server, 'listening');
    return between;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #accept(worker: Socket, masterAddress: string, { fromWorker, fromMaster }: Meddling): void {
    const [host = '', port = ''] = masterAddress.split(':');
    const master = connect({ host, port: Number(port) });
    const line = {
      toWorker: (bytes: Buffer) => worker.write(bytes),
      toMaster: (bytes: Buffer) => master.write(bytes),
    };
    let isWazuh4 = false;
    for (const [socket, other] of [
      [worker, master],
      [master, worker],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
    worker.on('data', (chunk) => {
      if (isWazuh4 || beginsWithWazuh4Hello(chunk) === true) isWazuh4 = true;
      else {
        this.refused += 1;
        worker.destroy();
      }
    });
    eachFrame(worker, (frame) => {
      if (!isWazuh4) return;
      this.seen.push(frame.command);
      fromWorker(frame, line);
    });
    eachFrame(master, (frame) => fromMaster(frame, line));
  }
}

function eachFrame(socket: Socket, take: (frame: Frame) => void): void {
  let kept = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    kept = Buffer.concat([kept, chunk]);
    while (kept.length >= WAZUH4_HEADER_BYTES) {
      const end = WAZUH4_HEADER_BYTES + kept.readUInt32BE(4);
      if (kept.length < end) return;
      const bytes = Buffer.from(kept.subarray(0, end));
      kept = kept.subarray(end);
      take({ command: bytes.toString('latin1', 8, 19).split(' ')[0] ?? '', bytes });
    }
  });
}
