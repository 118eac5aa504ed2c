import assert from 'node:assert/strict';
import { digestBytes } from '../../src/files/digest.ts';
import { ClusterClient } from '../../src/local/cluster-client.ts';
import { MusterError } from '../../src/protocol/errors.ts';
import { AuthdClient } from '../../src/registration/authd-client.ts';
import { authdSocket } from '../../src/registration/open-registration.ts';
import type { ItemsResult } from '../../src/requests/method.ts';
import { testSpecs } from '../harness/test-methods.ts';
import type { InProcessWorker } from '../spec/cluster-in-process.ts';
import { Stage } from './stage.ts';
import { WATCHES } from './watches.ts';

/** Behind the words of a command: its plain words, and those of the form `name=value`. */
interface Arguments {
  readonly words: readonly string[];
  readonly named: ReadonlyMap<string, string>;
}

type Verb = (stage: Stage, args: Arguments) => Promise<readonly string[]> | readonly string[];

/** Keepalives of agents as scripts count them: long ago, since none that lies in the future is taken. */
const KEEPALIVE_BASE_S = 1_700_000_000;
const NOTHING: readonly string[] = [];

/** What a script can do. */
const VERBS: Readonly<Record<string, Verb>> = {
  /** Agents report at a node: `report worker1 1,2 version=v2`. `x*30000` is a long text. */
  report: async (stage, { words: [name, ids], named }) => {
    const columns = [...named].map(([column, value]) => `${column}='${longText(value)}'`);
    const keepalive = `last_keepalive=max(coalesce(last_keepalive,0),${KEEPALIVE_BASE_S})+1`;
    const set = [...columns, keepalive, "connection_status='active'", "sync_status='syncreq'"].join(',');
    await ask(stage, name, `sql update agent set ${set} where id in (${ids})`);
    return NOTHING;
  },

  /** Somebody gives agents groups, on the master, or on a worker where it is none of his business: `assign master 1,2 web`. */
  assign: async (stage, { words: [name, ids, groups] }) => {
    const syncStatus = stage.node(name).role === 'master' ? 'syncreq' : 'synced';
    const data = numbers(ids).map((id) => ({ id, groups: list(groups) }));
    const order = { mode: 'override', sync_status: syncStatus, data };
    await ask(stage, name, `set-agent-groups ${JSON.stringify(order)}`);
    return NOTHING;
  },

  /** The store of a worker tells it of changes, which it does by the clock of the machine: `notice worker1`. */
  notice: (stage, { words: [name] }) => {
    const event = { type: 'groups.changed' };
    workerOf(stage, name).root.send({ type: 'supervisor.send', child: 'connector', event });
    return NOTHING;
  },

  /** Time passes: `pass 10s`. */
  pass: (stage, { words: [time = ''] }) => stage.pass(secondsIn(time)),

  /** What a store does that is told to write: `store master fails`, `hangs`, `works`, or `refuses 2`. */
  store: (stage, { words: [name = '', fault, id] }) => {
    const tap = stage.taps.get(name);
    assert.ok(tap, `there is no node ${name}`);
    if (fault === 'refuses') tap.fault = { refuses: Number(id) };
    else if (fault === 'fails' || fault === 'hangs' || fault === 'works') tap.fault = fault;
    else throw new Error(`a store cannot do this: ${fault}`);
    return NOTHING;
  },

  /** The connection breaks before the next request of this kind passes, which is lost: `cut worker1 at syn_m_a_e`. */
  cut: (stage, { words: [name, , command] }) => {
    const { wire } = workerOf(stage, name);
    const record = wire.onMessage;
    wire.onMessage = (sent) => {
      record(sent);
      if (sent.command !== command || sent.kind !== 'request') return;
      wire.onMessage = record;
      wire.cut();
    };
    return NOTHING;
  },

  /** A worker loses its connection, and finds no other: `away worker1`. */
  away: (stage, { words: [name] }) => {
    const { wire } = workerOf(stage, name);
    wire.isUp = false;
    wire.cut();
    return NOTHING;
  },

  back: (stage, { words: [name] }) => {
    workerOf(stage, name).wire.isUp = true;
    return NOTHING;
  },

  /** Beside its round a worker has the master store agents of its own making: `beside worker1 1`. */
  beside: async (stage, { words: [name, id] }) => {
    const { services } = workerOf(stage, name);
    const channel = services.channels.master();
    assert.ok(channel, `${name} is not connected`);
    const agent = {
      id: Number(id),
      name: `a${id}`,
      connection_status: 'active',
      group_config_status: 'synced',
    };
    const chunks = [JSON.stringify([agent])];
    const bytes = Buffer.from(JSON.stringify({ chunks }));
    await channel.request('syn_a_w_m_p', {});
    const { handle } = await channel.request('new_str', {
      size: bytes.length,
      digest: await digestBytes(bytes),
    });
    await channel.sendBulk('str_upd', handle, 0, bytes);
    await channel.request('syn_a_w_m', { handle });
    return stage.pass(0);
  },

  /** A file of the master is written, or removed if no text is given, and it is noticed: `file etc/rules/a.xml text`. */
  file: (stage, { words: [path = '', text] }) => {
    const { master } = stage.cluster;
    if (text === undefined) master.remove(path);
    else master.write(path, `${text}\n`);
    return NOTHING;
  },

  /** A local client asks the cluster at a node: `request worker1 test.agents 001,002`. */
  request: async (stage, { words: [name, method = '', agents] }) => {
    const client = await ClusterClient.connect(stage.node(name).home, { methods: testSpecs });
    try {
      const args = agents === undefined ? {} : { agents: list(agents) };
      const result = (await client.ask(method, args).catch((error) => MusterError.from(error))) as
        | ItemsResult
        | MusterError;
      const said = await stage.pass(0);
      if (result instanceof MusterError) return [...said, `failed: ${result.toLog()}`];
      const items = (result.items as { id: string; node: string }[]).map(
        ({ id, node }) => `${id} by ${node}`,
      );
      const failed = result.failed.map(({ error, ids }) => `${ids.join(',')} failed with ${error.code}`);
      return [...said, `answer: ${[...items, ...failed].join('; ')}`];
    } finally {
      await client.close();
    }
  },

  /** A program registers an agent at a node, as with authd: `register worker1 a9`. */
  register: async (stage, { words: [name, agent] }) => {
    const authd = new AuthdClient({ socket: authdSocket(stage.node(name).home) });
    const order = { function: 'add', arguments: { name: agent, ip: 'any' } };
    try {
      const answer = await authd.request(JSON.stringify(order), new AbortController().signal);
      const { error, data } = JSON.parse(answer);
      return [...(await stage.pass(0)), `answer: error=${error} id=${data?.id ?? '-'}`];
    } finally {
      await authd.close();
    }
  },

  /** Who is an agent, as each node's `etc/client.keys` says. */
  keys: (stage) =>
    stage.nodes.map((node) => {
      const lines = node.read('etc/client.keys');
      return `${node.name}: ${lines
        .replace(/ [0-9a-f]{64}/g, '')
        .trim()
        .split('\n')
        .join(', ')}`;
    }),

  /** What the nodes have of their agents. */
  agents: async (stage) => {
    const lines: string[] = [];
    for (const { name } of stage.nodes) {
      for (const row of await rowsOf(stage, name)) lines.push(`${name} ${row}`);
    }
    return lines;
  },
};

/** A script that is played: its first command, `cluster`, makes the stage. */
export class Player {
  #stage: Stage | null = null;

  async run(command: string): Promise<readonly string[]> {
    const [verb = '', ...parts] = command.split(' ');
    const args: Arguments = {
      words: parts.filter((part) => !part.includes('=')),
      named: new Map(
        parts.filter((part) => part.includes('=')).map((part) => part.split('=') as [string, string]),
      ),
    };
    if (verb === 'cluster') {
      this.#stage = await openStage(args);
      return NOTHING;
    }
    const run = VERBS[verb];
    if (run === undefined) throw new Error('there is no such verb');
    assert.ok(this.#stage, 'a script begins with its cluster');
    return await run(this.#stage, args);
  }

  async close(): Promise<void> {
    await this.#stage?.close();
  }
}

/** `cluster agent-info workers=1 agents=2 groups=default,web` */
function openStage({ words: [about = ''], named }: Arguments): Promise<Stage> {
  const watch = WATCHES[about];
  assert.ok(watch, `nothing to watch is called ${about}`);
  return Stage.open({
    watch,
    workers: Number(named.get('workers') ?? 1),
    agents: Number(named.get('agents') ?? 0),
    groups: list(named.get('groups') ?? 'default'),
  });
}

const longText = (value: string) =>
  value.replace(/^(.)\*(\d+)$/, (_, one, times) => one.repeat(Number(times)));
const list = (text = '') => text.split(',').filter((part) => part !== '');
const numbers = (text = '') => list(text).map(Number);

function secondsIn(time: string): number {
  const [, seconds] = /^(\d+)s$/.exec(time) ?? [];
  assert.ok(seconds, `${time} is no time`);
  return Number(seconds);
}

function workerOf(stage: Stage, name: string | undefined): InProcessWorker {
  const worker = stage.cluster.workers.find((one) => one.name === name);
  assert.ok(worker, `there is no worker ${name}`);
  return worker;
}

async function ask(stage: Stage, name: string | undefined, request: string): Promise<string> {
  const { status, payload } = await stage.node(name).services.store.current.query(`global ${request}`);
  assert.equal(status, 'ok', payload);
  return payload;
}

const COLUMNS = 'id,version,last_keepalive,sync_status,`group`,group_sync_status';

async function rowsOf(stage: Stage, name: string): Promise<string[]> {
  const rows = JSON.parse(await ask(stage, name, `sql select ${COLUMNS} from agent where id>0 order by id`));
  return rows.map((row: Record<string, unknown>) =>
    [
      row.id,
      row.version ?? '-',
      row.last_keepalive ?? '-',
      row.sync_status,
      `groups=${row.group ?? ''}`,
      row.group_sync_status,
    ].join(' '),
  );
}
