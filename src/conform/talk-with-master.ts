import type { ArgsOf, ReplyOf } from '../protocol/commands.ts';
import { MusterError } from '../protocol/errors.ts';
import type { AroundWait } from './around-wait.ts';
import { acknowledgeEnd, answerAside } from './aside.ts';
import { mastersChecks } from './checks.ts';
import { perform } from './deeds.ts';
import { ASK_AGAIN_MS, GROUPS_PATIENCE_MS } from './limits.ts';
import { Peer, type Request } from './peer.ts';
import type { FileList } from './show.ts';
import { Talk, type Times } from './talk.ts';
import type { Target, Tongue } from './target.ts';

/** What is known of the implementation before its paths are walked. */
export interface Master {
  readonly name: string;
  readonly version: string;
  /** Root digest of its set, null where the dialect has none, or it has not scanned yet. */
  readonly digest: string | null;
  /** Its files, as they are listed; null if that is not known. */
  readonly set: FileList | null;
  /** Whether it sends agent-groups to who asks for all of them. */
  readonly hasGroups: boolean;
}

/** Whom this peer plays: one worker, in all of its connections. */
export interface Part {
  readonly target: Target;
  readonly tongue: Tongue;
  readonly name: string;
  /** Id of its installation, 32 hexadecimal digits. */
  readonly node: string;
  nextSession(): number;
  readonly aroundWait: AroundWait;
  /** Whether its master has sent it agent-groups by itself: then it begins every connection so, to compare. */
  isSentGroups: boolean;
}

const NAME_IS_CONNECTED = 3028;
const NO_ANSWER = 3020;

/** A path that is walked at a master, by who plays a worker. */
export class TalkWithMaster extends Talk {
  readonly part: Part;
  readonly master: Master;

  constructor(part: Part, master: Master, times: Times) {
    super(times);
    this.part = part;
    this.master = master;
  }

  get tongue(): Tongue {
    return this.part.tongue;
  }

  get workerName(): string {
    return this.part.name;
  }

  get testedName(): string {
    return this.master.name;
  }

  get aroundWait(): AroundWait {
    return this.part.aroundWait;
  }

  get checks() {
    return mastersChecks(this);
  }

  async begin(): Promise<void> {
    const { peer } = await this.session();
    this.use(peer);
    this.keepAlive(peer, 'echo-c');
    if (this.part.isSentGroups) await this.takeGroups(peer, GROUPS_PATIENCE_MS);
  }

  /**
   * Waits until a master has sent the agent-groups that it sends by itself, if it does. While it does, a report on them is
   * one that it awaits.
   */
  async takeGroups(peer: Peer, forMs: number): Promise<void> {
    const request = await this.requestOf(peer, ['syn_g_m_w'], forMs).catch((error: MusterError) => {
      if (error.code === NO_ANSWER) return null;
      throw error;
    });
    if (request === null) return;
    this.answerAside(peer, request);
    // What comes behind this answer finds the report taken.
    await this.answerTo(peer, peer.ask('echo-c', { data: 'a round trip' }));
  }

  perform(step: string): Promise<void> {
    return perform(step, this);
  }

  answerAside(peer: Peer, request: Request): boolean {
    if (request.command === 'syn_g_m_w') this.part.isSentGroups = true;
    return answerAside(peer, request);
  }

  acknowledgeEnd(peer: Peer, request: Request): void {
    acknowledgeEnd(peer, request);
  }

  async connect(name = this.part.name): Promise<Peer> {
    const { tongue } = this.part;
    const connection = await tongue.connect(name, this.leftMs);
    return new Peer(connection, tongue.dialect(name, 'worker'));
  }

  /** A connection that was accepted by `hello`. Throws what the master says against it. */
  async session(change: Partial<ArgsOf<'hello'>> = {}): Promise<{ peer: Peer; reply: ReplyOf<'hello'> }> {
    for (;;) {
      const peer = await this.connect();
      this.keep(peer);
      try {
        const asked = peer.ask('hello', this.hello(change));
        return { peer, reply: (await this.answerTo(peer, asked)) as ReplyOf<'hello'> };
      } catch (error) {
        peer.drop();
        // The end of the connection of another path may not have been noticed yet.
        const isClaimed = error instanceof MusterError && error.code === NAME_IS_CONNECTED;
        if (!isClaimed || this.leftMs <= ASK_AGAIN_MS) throw error;
        await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
      }
    }
  }

  hello(change: Partial<ArgsOf<'hello'>> = {}): ArgsOf<'hello'> {
    const { name, node, target } = this.part;
    return {
      name,
      cluster: target.cluster,
      type: 'worker',
      version: 'conform',
      protocol: { min: 1, max: 1 },
      features: [],
      node,
      session: this.part.nextSession(),
      ...change,
    };
  }
}
