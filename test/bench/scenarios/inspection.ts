import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import type { PageRecord } from '../../../src/inspect/records.ts';
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
    { key: 'told', title: 'share of the time in which that page is told', unit: '' },
    { key: 'recorded', title: 'with --record, of that', unit: '' },
  ],
  isMusterAlone: true,
  run,
};

/**
 * Masters beside each other: a plain one, one that can be watched, one that records all of it. Each gets its turn of load,
 * the second one once more with a page open.
 */
async function run(context: RunContext): Promise<Sample> {
  const inspectPort = await freePort();
  await using plain = await Master.start(context, []);
  await using open = await Master.start(context, ['--inspect', String(inspectPort)]);
  await using recording = await Master.start(context, ['--record']);
  const fromMs = Date.now();
  const rates = { plain: [] as number[], unwatched: [] as number[], watched: [] as number[] };
  const [recorded, told] = [[] as number[], [] as number[]];
  for (let turn = 0; turn < TURNS; turn += 1) {
    rates.plain.push(await plain.load());
    rates.unwatched.push(await open.load());
    recorded.push(await recording.load());
    await using page = await Page.open(inspectPort);
    rates.watched.push(await open.load());
    told.push(page.told());
  }
  const base = median(rates.plain);
  const loop = await loopDelays(open.cluster, fromMs, Date.now());
  return {
    values: {
      plain: base,
      unwatched: median(rates.unwatched) / base,
      watched: median(rates.watched) / base,
      told: median(told),
      recorded: median(recorded) / base,
    },
    loop,
  };
}

class Master implements AsyncDisposable {
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

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.close();
    await this.cluster.close();
  }
}

/** What a page does for the node: it reads all that it is told. */
class Page implements AsyncDisposable {
  readonly #answer: IncomingMessage;
  readonly #openedMs = performance.now();
  #text = '';

  private constructor(answer: IncomingMessage) {
    this.#answer = answer;
    answer.setEncoding('utf8').on('data', (piece) => {
      this.#text += piece;
    });
  }

  static async open(port: number): Promise<Page> {
    const request = get({ host: '127.0.0.1', port, path: '/records' });
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    if (answer.statusCode !== 200) throw new Error(`the page is answered with ${answer.statusCode}`);
    const page = new Page(answer);
    await once(answer, 'data');
    return page;
  }

  /** The share of the time since it was opened in which the node left nothing out. Read afterwards: parsing takes time, too. */
  told(): number {
    const openMs = performance.now() - this.#openedMs;
    const nowMs = Date.now();
    const batches = this.#text.split('\n\n').slice(0, -1);
    const gaps = batches.flatMap((batch) => gapsIn(JSON.parse(batch.slice('data: '.length))));
    const leftOutMs = gaps.reduce((sum, { atMs, forMs }) => sum + Math.min(forMs, nowMs - atMs), 0);
    return Math.max(0, 1 - leftOutMs / openMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#answer.destroy();
    if (!this.#answer.closed) await once(this.#answer, 'close');
  }
}

const gapsIn = (records: readonly PageRecord[]) =>
  records.flatMap((record) => (record.kind === 'gap' ? [record] : []));
