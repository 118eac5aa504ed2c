import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MusterError, WireError } from '../../src/protocol/errors.ts';
import { AuthdClient } from '../../src/registration/authd-client.ts';
import { readClientKeys } from '../../src/registration/client-keys.ts';
import type { AddedAgent, AgentFacts, Change } from '../../src/registration/embedded/orders.ts';
import { type AgentRows, EmbeddedRegistration } from '../../src/registration/embedded/registration.ts';
import { authdSocket, openRegistration } from '../../src/registration/open-registration.ts';
import type { Registration } from '../../src/registration/registration.ts';
import { logTo } from './log-to.ts';
import { RegistryHome } from './registry-home.ts';

/** An agent store of two tables, which a test may break and ask. */
export class FakeRows implements AgentRows {
  readonly agents = new Map<number, AddedAgent>();
  readonly known = new Map<number, AgentFacts>();
  failure: MusterError | null = null;
  asked = 0;

  async facts(id: number): Promise<AgentFacts | null> {
    this.asked += 1;
    if (this.failure !== null) throw this.failure;
    return this.known.get(id) ?? null;
  }

  async follow(changes: readonly Change[]): Promise<ReadonlyMap<number, MusterError>> {
    const behind = new Map<number, MusterError>();
    for (const change of changes) {
      const id = change.kind === 'added' ? change.agent.id : change.id;
      if (this.failure !== null) behind.set(id, this.failure);
      else if (change.kind === 'added') this.agents.set(id, change.agent);
      else this.agents.delete(id);
    }
    return behind;
  }
}

export interface Answer {
  readonly error: number;
  readonly message?: string;
  readonly cause?: WireError;
  readonly warning?: WireError;
  readonly data?:
    | { readonly id: string; readonly name: string; readonly ip: string; readonly key: string }
    | string;
}

/** What is tested: something that registers, in a home of its own. */
export class Subject implements AsyncDisposable {
  readonly home: RegistryHome;
  readonly rows = new FakeRows();
  readonly logged: string[] = [];
  readonly embedded: EmbeddedRegistration;
  registration: Registration;
  onClose: () => Promise<void>;

  constructor(content: string | null = null) {
    this.home = new RegistryHome(content);
    this.embedded = new EmbeddedRegistration({
      home: this.home.path,
      rows: this.rows,
      log: logTo(this.logged),
    });
    this.registration = this.embedded;
    this.onClose = () => this.embedded.close();
  }

  get keys() {
    const keys = readClientKeys(this.home.path);
    assert.ok(keys !== null);
    return keys;
  }

  get times(): string {
    return readFileSync(join(this.home.path, 'queue/agents-timestamp'), 'utf8');
  }

  makeGroups(...names: string[]): void {
    for (const name of names) mkdirSync(join(this.home.path, 'etc/shared', name), { recursive: true });
  }

  say(message: string): Promise<string> {
    return this.registration.request(message, new AbortController().signal);
  }

  async ask(request: unknown): Promise<Answer> {
    return JSON.parse(await this.say(JSON.stringify(request))) as Answer;
  }

  add(args: object): Promise<Answer> {
    return this.ask({ function: 'add', arguments: { ip: 'any', ...args } });
  }

  remove(id: string): Promise<Answer> {
    return this.ask({ function: 'remove', arguments: { id, purge: false } });
  }

  /** The agent that was added; fails where it was refused. */
  async added(args: object) {
    const { error, data, message } = await this.add(args);
    assert.equal(error, 0, message);
    return data as Exclude<Answer['data'], string | undefined>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.onClose();
    this.home[Symbol.dispose]();
  }
}

export type MakeSubject = (content?: string) => Promise<Subject>;

const embeddedSubject: MakeSubject = async (content) => {
  const subject = new Subject(content);
  mkdirSync(join(subject.home.path, 'queue'));
  return subject;
};

/** The client of an authd, on the socket of an embedded one. */
export const clientSubject: MakeSubject = async (content) => {
  const subject = await embeddedSubject(content);
  const home = subject.home.path;
  const opened = await openRegistration({
    home,
    choice: 'embedded',
    own: () => ({ registration: subject.embedded, words: 'here' }),
    onError: (error) => assert.fail(error),
  });
  const client = new AuthdClient({ socket: authdSocket(home) });
  subject.registration = client;
  subject.onClose = async () => {
    await client.close();
    await opened.registration.close();
  };
  return subject;
};

/** Every kind of registration that carries out what it is asked. */
export const subjects: readonly { readonly name: string; readonly make: MakeSubject }[] = [
  { name: 'the embedded authd', make: embeddedSubject },
  { name: 'the client of an authd', make: clientSubject },
];
