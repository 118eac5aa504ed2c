import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AnyEventObject, AnyMachineSnapshot, AnyStateMachine } from 'xstate';
import type { NodeServices } from '../../../src/node/services.ts';
import type { Transfers } from '../../../src/node/transfers/index.ts';
import { type CommandName, commandSpec, isCommandName } from '../../../src/protocol/commands.ts';
import type { PeerTraits } from '../../../src/protocol/dialects/peer-traits.ts';
import { memoryPair } from '../../../src/transport/memory.ts';
import type { Connection } from '../../../src/transport/transport.ts';
import { TransitionCoverage } from '../coverage.ts';
import { type EdgePath, edgePaths, eventTitle } from '../graph.ts';
import { begunWith, checkInvariants, graphOptions, type Model } from '../model.ts';
import { ModelClock } from '../model-clock.ts';
import { Replay } from '../replay.ts';
import { WirePeer } from './peer.ts';
import { openChannel, wireServices, wireTransfers } from './services.ts';

export interface Wire {
  /** The machine with the effects that a node gives it. */
  provide(services: NodeServices, transfers: Transfers): AnyStateMachine;
  /** The actors of those effects that stay; the others are in the hands of the test. */
  readonly actors: readonly string[];
  /** The actions that answer a request: each of them has to arrive at the peer, once. */
  readonly answeredBy: readonly string[];
  /** What an actor asks of the peer, and the reply that gives the output of an event. */
  readonly asks?: Readonly<Record<string, { command: CommandName; reply(output: unknown): object }>>;
  /** The request whose arrival an event is; `rx.<command>` are requests unless this says null. */
  request?(event: AnyEventObject): { command: CommandName; args: object } | null;
  /** Whether the machine takes the connection itself, by its actor `link`. */
  readonly ownsConnection?: true;
  /** What the peer does otherwise than a node of ours, on a path with these events. */
  readonly traits?: (events: readonly AnyEventObject[]) => Partial<PeerTraits>;
  /** A request that the machine has to answer when it starts; its counter is the one of the input. */
  readonly first?: { readonly counter: number; readonly command: CommandName };
}

/**
 * Declares further tests of a machine: the paths of its graph again, now with the effects of a node, over a connection
 * in memory. A request of the path is a frame of the peer, the end of an actor is the peer's reply, the end of the
 * connection is one.
 */
export function wireTest<Machine extends AnyStateMachine>(
  machine: Machine,
  model: Model<Machine>,
  wire: Wire,
): void {
  describe(`${machine.id} on the wire`, () => {
    const coverage = new TransitionCoverage(machine);
    for (const one of begunWith(model)) {
      for (const path of edgePaths(machine, graphOptions(one)).paths) {
        it(path.title, async () => {
          const traits = wire.traits?.(path.steps.map(({ event }) => event)) ?? {};
          const run = await WireRun.start(one as unknown as Model<AnyStateMachine>, wire, coverage, traits);
          try {
            await run.follow(path);
          } finally {
            run.stop();
          }
        });
      }
    }
    it('takes every transition', () => {
      assert.deepEqual(coverage.report().missing, [], 'transitions that no path takes');
    });
  });
}

class WireRun {
  readonly #model: Model<AnyStateMachine>;
  readonly #wire: Wire;
  readonly #replay: Replay;
  readonly #peer: WirePeer;
  readonly #arrivals: Set<number>;

  private constructor(
    model: Model<AnyStateMachine>,
    wire: Wire,
    replay: Replay,
    peer: WirePeer,
    arrivals: Set<number>,
  ) {
    this.#model = model;
    this.#wire = wire;
    this.#replay = replay;
    this.#peer = peer;
    this.#arrivals = arrivals;
  }

  static async start(
    model: Model<AnyStateMachine>,
    wire: Wire,
    coverage: TransitionCoverage,
    traits: Partial<PeerTraits>,
  ): Promise<WireRun> {
    const clock = new ModelClock();
    const services = wireServices(clock, traits);
    const [own, other] = memoryPair();
    const peer = new WirePeer(other);
    const arrivals = new Set<number>();
    const { connectionId } = model.input as { connectionId: number };
    takeIn(services, connectionId, wire, own, (counter) => arrivals.add(counter));
    if (wire.first !== undefined) {
      peer.ask(wire.first.counter, wire.first.command, argsOf(wire.first.command, { type: '' }));
      await until(() => arrivals.delete(wire.first?.counter ?? -1), `${wire.first.command} to arrive`);
    }
    const replay = new Replay(wire.provide(services, wireTransfers()), {
      input: model.input,
      inspect: coverage.inspect,
      clock,
      keeps: wire.actors,
      ...(model.sentBy && { sentBy: model.sentBy }),
    });
    return new WireRun(model, wire, replay, peer, arrivals);
  }

  stop(): void {
    this.#replay.stop();
  }

  async follow({ initial, steps }: EdgePath): Promise<void> {
    await this.#compare(initial, 'at the start');
    for (const { event, snapshot } of steps) {
      await this.#play(event);
      await this.#compare(snapshot, `after ${eventTitle(event)}`);
    }
  }

  async #play(event: AnyEventObject): Promise<void> {
    const [, end, actor = ''] = /^xstate\.(done|error)\.actor\.(.+)$/.exec(event.type) ?? [];
    const asked = this.#wire.asks?.[actor];
    const request = (this.#wire.request ?? requestOf)(event);
    if (asked !== undefined) {
      const { command } = asked;
      await until(() => this.#peer.hasBeenAsked(command), `the node to ask ${command}`);
      this.#replay.note(event);
      if (end === 'done') this.#peer.answer(command, asked.reply(event.output));
      else this.#peer.refuse(command, event.error.code);
    } else if (request !== null) {
      await this.#request(event, request.command, request.args);
    } else if (event.type === 'link.closed' && this.#wire.ownsConnection) {
      this.#replay.note(event);
      if (event.failure === null) this.#peer.end();
      else this.#peer.cut();
    } else {
      this.#replay.note(event);
      this.#replay.perform(event);
    }
  }

  /** Lets the peer send the request, by its counter in the model unless that still waits for an answer. */
  async #request(event: AnyEventObject, command: CommandName, args: object): Promise<void> {
    let counter: number = event.counter;
    while (this.#peer.isWaitingFor(counter)) counter += 1000;
    const told = { ...event, counter };
    this.#replay.note(told);
    this.#peer.ask(counter, command, args);
    if (this.#wire.ownsConnection) return;
    await until(() => this.#arrivals.delete(counter), `${command} to arrive`);
    this.#replay.perform(told);
  }

  async #compare(expected: AnyMachineSnapshot, when: string): Promise<void> {
    const view = this.#model.view ?? ((context: object) => context);
    const seen = ({ status, value, context }: AnyMachineSnapshot) =>
      plain({ status, value, view: view(context) });
    await turns(SETTLING_TURNS);
    await until(
      () => matches(seen(this.#replay.snapshot), seen(expected)),
      'the model',
      () => {
        if (this.#replay.snapshot.status === 'error') throw this.#replay.snapshot.error;
        assert.deepEqual(seen(this.#replay.snapshot), seen(expected), when);
      },
    );
    this.#peer.check();
    const { answeredBy } = this.#wire;
    const answered = this.#replay.all.actions.filter(({ type }) => answeredBy.includes(type)).length;
    if (!this.#peer.isClosed) assert.equal(this.#peer.answers, answered, `${when}: answers that arrived`);
    checkInvariants(this.#model, this.#replay, when);
  }
}

/** Hands the connection to the node: to the machine's own `link`, or to a channel that is there before it. */
function takeIn(
  services: NodeServices,
  connectionId: number,
  wire: Wire,
  connection: Connection,
  onRequest: (counter: number) => void,
): void {
  if (!wire.ownsConnection) openChannel(services, connectionId, connection, onRequest);
  // Numbers are given out in order: on, until it has the one that the model uses.
  else while (services.connections.add(connection) < connectionId);
}

/** `rx.<command>` is a request, whose arguments are those of the event, and otherwise those of the command's example. */
export function requestOf(event: AnyEventObject): { command: CommandName; args: object } | null {
  const command = event.type.startsWith('rx.') ? event.type.slice('rx.'.length) : '';
  return isCommandName(command) ? { command, args: argsOf(command, event) } : null;
}

export function argsOf(command: CommandName, event: AnyEventObject): object {
  const example = commandSpec(command).example.args as Record<string, unknown>;
  const given = Object.entries(example).map(([name, value]) => {
    if (!Object.hasOwn(event, name)) return [name, value];
    const own = event[name];
    return [name, name === 'error' && own !== null ? { code: own.code, detail: 'of the model' } : own];
  });
  return Object.fromEntries(given);
}

/** A child machine as its parent was given it, with its effects. */
export function actorOf(parent: AnyStateMachine, name: string): AnyStateMachine {
  return parent.implementations.actors[name] as AnyStateMachine;
}

/** Sentences differ (an error that travelled has its detail only), and so may counters. */
const OWN = new Set(['message', 'counter', 'helloCounter', 'endCounter', 'remote']);
const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (key, inner) => (OWN.has(key) ? undefined : inner)));

function matches(a: unknown, b: unknown): boolean {
  try {
    assert.deepEqual(a, b);
    return true;
  } catch {
    return false;
  }
}

/** Turns of the event loop in which frames, promises and microtasks come to rest. */
const SETTLING_TURNS = 3;
const MAX_TURNS = 500;
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) await turn();
}

async function until(check: () => boolean, what: string, explain: () => void = () => {}): Promise<void> {
  for (let i = 0; i < MAX_TURNS; i += 1) {
    if (check()) return;
    await turn();
  }
  explain();
  throw new Error(`waited ${MAX_TURNS} turns for ${what}`);
}
