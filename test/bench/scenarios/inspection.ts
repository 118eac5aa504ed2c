import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { BenchCluster, freePort } from '../cluster.ts';
import { EchoClient } from '../echo-client.ts';
import { small } from '../file-sets.ts';
import { loopDelays } from '../loop-delay.ts';
import type { RunContext, Sample, Scenario } from '../scenario.ts';
import { median } from '../statistics.ts';

const PAYLOAD_BYTES = 64;
const IN_FLIGHT = 64;
/** Short, and many of each in turn: what the machine does beside them hits all alike. */
const SLICE_SECONDS = 0.5;
const TURNS = 16;

export const inspection: Scenario = {
  name: 'inspection',
  title: 'echoes of a master that can be watched, 64 in flight',
  figures: [
    { key: 'plain', title: 'without --inspect', unit: '/s' },
    { key: 'unwatched', title: 'nobody watches, of that', unit: '', goal: { atLeast: 0.99 } },
    { key: 'watched', title: 'one page open, of that', unit: '', goal: { atLeast: 0.85 } },
  ],
  isMusterAlone: true,
  run,
};

/** Two masters beside each other, one of which can be watched; each gets its turn of load, then the same with a page open. */
async function run(context: RunContext): Promise<Sample> {
  const inspectPort = await freePort();
  const plain = await Master.start(context, []);
  const open = await Master.start(context, ['--inspect', String(inspectPort)]);
  try {
    const fromMs = Date.now();
    const rates = { plain: [] as number[], unwatched: [] as number[], watched: [] as number[] };
    for (let turn = 0; turn < TURNS; turn += 1) {
      rates.plain.push(await plain.load());
      rates.unwatched.push(await open.load());
      await using _page = await Page.open(inspectPort);
      rates.watched.push(await open.load());
    }
    const base = median(rates.plain);
    const loop = await loopDelays(open.cluster, fromMs, Date.now());
    return {
      values: {
        plain: base,
        unwatched: median(rates.unwatched) / base,
        watched: median(rates.watched) / base,
      },
      loop,
    };
  } finally {
    await plain.close();
    await open.close();
  }
}

class Master {
  readonly cluster: BenchCluster;
  readonly #client: EchoClient;

  private constructor(cluster: BenchCluster, client: EchoClient) {
    this.cluster = cluster;
    this.#client = client;
  }

  static async start(context: RunContext, args: readonly string[]): Promise<Master> {
    const cluster = await BenchCluster.create({ ...context, workers: 0, args });
    await cluster.startMaster(small(1));
    const client = await EchoClient.connect(cluster.port, PAYLOAD_BYTES);
    await client.load(IN_FLIGHT, 1); // until its code is compiled
    return new Master(cluster, client);
  }

  load(): Promise<number> {
    return this.#client.load(IN_FLIGHT, SLICE_SECONDS);
  }

  async close(): Promise<void> {
    this.#client.close();
    await this.cluster.close();
  }
}

/** What a page does for the node: it reads all that it is told. */
class Page implements AsyncDisposable {
  readonly #answer: IncomingMessage;

  private constructor(answer: IncomingMessage) {
    this.#answer = answer;
  }

  static async open(port: number): Promise<Page> {
    const request = get({ host: '127.0.0.1', port, path: '/records' });
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    if (answer.statusCode !== 200) throw new Error(`the page is answered with ${answer.statusCode}`);
    await once(answer, 'data');
    return new Page(answer.resume());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#answer.destroy();
    if (!this.#answer.closed) await once(this.#answer, 'close');
  }
}
