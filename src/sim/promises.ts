import { JOURNAL_FILE, UNDO_FILE } from '../files/journal.ts';
import type { FileSet } from '../files/metadata.ts';
import { DEFAULT_REQUEST_TIMEOUT_MS } from '../node/channel-limits.ts';
import { MAX_BULK_AHEAD_BYTES } from '../node/outbox.ts';
import { CLOSE_TIMEOUT_MS } from '../node/settings.ts';
import { BULK_CHUNK_BYTES } from '../protocol/limits.ts';
import { BrokenPromise } from './broken-promise.ts';
import type { Cluster } from './cluster.ts';
import type { Inode } from './disk.ts';
import { Excuses, type FileState, type News, newsOf } from './excuses.ts';
import { FileHistory } from './file-history.ts';
import { files } from './file-system.ts';
import { MastersFiles } from './masters-files.ts';
import type { SimulatedNode } from './node.ts';
import { Permissions } from './permissions.ts';
import { checkRestarts } from './restarts.ts';
import { differences, digestAt, digestOfTree, type Tree, TreeWatch, treeOf } from './tree.ts';

/** How many of the master's last sets are compared with a set that lacks files that changed meanwhile. */
const MAX_REMEMBERED_SETS = 40;
/** A node may give up when its disk fails it, so often in a run. */
const MAX_GIVEN_UP = 30;
/** From the moment at which a session is evicted until its process is gone: the time to close in order, and some. */
const EVICTION_MS = CLOSE_TIMEOUT_MS + 2_000;
/** More of control frames than the nodes here ever let wait. */
const MAX_CONTROL_BYTES = 65_536;
/** What a keepalive may have to wait behind: bulk is handed over as long as there is less than the first of these. */
const MAX_AHEAD_BYTES = MAX_BULK_AHEAD_BYTES + BULK_CHUNK_BYTES + MAX_CONTROL_BYTES;

/** What is known of the set of one worker. */
interface Watched {
  readonly set: TreeWatch;
  /** Of its disk, when its set was looked at last. */
  changes: number;
  readonly excuses: Excuses;
}

/** Looks after each step whether what the design promises still holds (design: Promises). */
export class Promises {
  readonly #cluster: Cluster;
  /** Root digests that the master ever had for its set. */
  readonly #published = new Set<string>();
  readonly #sets: Tree[] = [];
  readonly #history = new FileHistory();
  readonly #mastersFiles = new MastersFiles();
  #masterDigest = '';
  #sessions = 0;
  readonly #watched = new Map<string, Watched>();
  readonly #permissions = new Permissions();
  /** What was seen between two steps. */
  #broken: string | null = null;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    cluster.world.onSettled = (set) => {
      if (cluster.world.life?.node !== cluster.master.name) return;
      this.#remember(set);
      this.#mastersFiles.scanned(cluster.world.nowMs);
    };
    cluster.world.onLine.push((line) => {
      const news = newsOf(line);
      if (news !== null) this.#heard(news);
    });
  }

  /** Somebody has made this file of a node what it is now. */
  edited(node: SimulatedNode, path: string): void {
    if (node.role === 'master') this.#mastersFiles.changed(path, this.#cluster.world.nowMs);
    else this.#of(node).excuses.tampered(path, digestAt(node.home, path));
  }

  damaged(node: SimulatedNode, files: readonly Inode[]): void {
    if (node.role === 'worker') this.#of(node).excuses.damaged(files);
    else this.#mastersFiles.lostPower(this.#cluster.world.nowMs);
  }

  /** Throws BrokenPromise. */
  check(node: SimulatedNode): void {
    if (this.#broken !== null) throw new BrokenPromise(this.#broken);
    if (node.gaveUp > MAX_GIVEN_UP) throw new BrokenPromise(`8: ${node.name} gave up ${node.gaveUp} times`);
    if (node.services === null || !node.isUp) return;
    checkRestarts(node);
    if (node.role === 'master') {
      this.#checkMaster(node);
      this.#permissions.check(node, this.#cluster.world.nowMs);
    } else this.#checkSet(node);
    this.#checkBounds(node);
  }

  /** 4: every request has an outcome, in its time. A worker asks its master, if it has one. */
  ask({ name, services, life }: SimulatedNode): void {
    const { world } = this.#cluster;
    const channel = services?.channels.master();
    if (channel === undefined) return;
    const begin = () => {
      let isOver = false;
      const end = () => {
        isOver = true;
      };
      channel.request('echo-c', { data: name }).then(end, end);
      // In the same life, and so behind the deadline also where that life stood still.
      const look = () => {
        if (!isOver) throw new BrokenPromise(`4: a request of ${name} has no outcome`);
      };
      world.after(DEFAULT_REQUEST_TIMEOUT_MS + 1, look, life);
    };
    world.after(0, begin, life);
  }

  /** In what the set of a worker differs from the master's, in words. */
  apart(worker: SimulatedNode, truth: Tree): string[] {
    if (worker.services === null) return [`${worker.name} is down`];
    const tree = treeOf(worker.home, worker.services.config.files);
    const paths = differences(tree, truth);
    return paths.map((path) => `${worker.name}: ${path} is not the master's`);
  }

  #of(node: SimulatedNode): Watched {
    let watched = this.#watched.get(node.name);
    if (watched === undefined) {
      watched = {
        set: new TreeWatch(node.home),
        changes: -1,
        excuses: new Excuses(),
      };
      this.#watched.set(node.name, watched);
    }
    return watched;
  }

  /** A file that is what its last scan has found has no reason to be left out. */
  #heard(news: News): void {
    const { worker, what } = news;
    if (what === 'compared') this.#mastersFiles.compared(worker, this.#cluster.world.nowMs);
    // It is said in the middle of what the node does, which would take what is thrown here for a failure of its own.
    if (what === 'left out' && !this.#mastersFiles.mayBeLeftOut(worker, news.path))
      this.#broken ??= `1: the master left ${news.path}, which had not changed, out of a round of ${worker}`;
    this.#of(this.#cluster.node(worker)).excuses.heard(news);
  }

  /** 7: one live session a node name; one that was evicted has a moment to close in order. */
  #checkMaster(master: SimulatedNode): void {
    const { services } = master;
    if (services === null) return;
    this.#rememberDigest(services.index.digest);
    const { workers } = services.status;
    if (workers.size === this.#sessions) return;
    this.#sessions = workers.size;
    const names = [...workers.values()].map(({ name }) => name);
    for (const name of names) if (count(names, name) > 1) this.#twice(name, master);
  }

  /** Looks once more when the older of the two has to be gone. */
  #twice(name: string, { life, services }: SimulatedNode): void {
    const { world } = this.#cluster;
    const first = idsOf(name, services)[0];
    const look = () => {
      // A node that stood still meanwhile has its time from when it goes on.
      if (life.frozenUntilMs > world.nowMs - EVICTION_MS) {
        world.after(EVICTION_MS, look, life);
        return;
      }
      const left = idsOf(name, services);
      if (left.length > 1 && left[0] === first) throw new BrokenPromise(`7: two live sessions of ${name}`);
    };
    world.after(EVICTION_MS, look, life);
  }

  #rememberDigest(digest: string): void {
    if (digest !== '' && digest !== this.#masterDigest) this.#published.add(digest);
    this.#masterDigest = digest;
  }

  /** A set need never have been on the disk of the master as a whole: files change while it is scanned. */
  #remember(set: FileSet): void {
    const tree: Tree = new Map([...set].map(([path, { hash }]) => [path, hash]));
    this.#history.add(tree);
    this.#sets.push(tree);
    if (this.#sets.length > MAX_REMEMBERED_SETS) this.#sets.shift();
  }

  /** 2: a worker's set is always one that the master had published. */
  #checkSet(worker: SimulatedNode): void {
    const { services, home, disk } = worker;
    const watched = this.#of(worker);
    if (services === null || disk.changes === watched.changes || isUnfinished(home)) return;
    watched.changes = disk.changes;
    const tree = watched.set.changed(services.config.files);
    if (tree === null || (tree.size === 0 && !watched.excuses.hasHadSet)) return;
    const digest = digestOfTree(tree);
    if (this.#published.has(digest)) {
      watched.excuses.inStep({ isNewest: digest === this.#masterDigest });
      return;
    }
    if (this.#isExcused(tree, watched.excuses, home)) return;
    const near = differences(tree, this.#sets.at(-1) ?? new Map());
    throw new BrokenPromise(`2: the set of ${worker.name} was never published; apart: ${near.join(', ')}`);
  }

  /**
   * Whether it is a set of the master but for files that a round left out, that somebody changed here, or whose contents
   * were lost with the power.
   */
  #isExcused(tree: Tree, excuses: Excuses, home: string): boolean {
    const sets = excuses.hasHadSet ? this.#sets : [NO_FILES, ...this.#sets];
    // What it never had may still be to come.
    const isMasters = (path: string, state: FileState) =>
      this.#history.has(path, state) || (state === null && !excuses.hasHadSet);
    const hasFor = (path: string) => excuses.hasFor(path, tree.get(path) ?? null, isMasters);
    const isDamaged = (path: string) => excuses.isDamaged(files.findOrNull(`${home}/${path}`));
    return sets.some((set) =>
      differences(tree, set).every((path) => hasFor(path) || (set.has(path) && isDamaged(path))),
    );
  }

  /** 5: a connection that has ended leaves nothing behind. 6: keepalives pass while bulk data flows. */
  #checkBounds({ name, life, services }: SimulatedNode): void {
    const { network } = this.#cluster;
    const served = services?.channels.size ?? 0;
    const open = network.openEnds(life);
    if (served > open)
      throw new BrokenPromise(`5: ${name} keeps what it has of ${served} connections, and has ${open}`);
    const pendingBytes = network.mostPendingBytes(name);
    if (pendingBytes > MAX_AHEAD_BYTES)
      throw new BrokenPromise(`6: what ${name} says waits behind ${pendingBytes} bytes`);
  }
}

const NO_FILES: Tree = new Map();

const count = (names: readonly string[], name: string) => names.filter((other) => other === name).length;

const idsOf = (name: string, services: SimulatedNode['services']) =>
  [...(services?.status.workers ?? [])].flatMap(([id, worker]) => (worker.name === name ? [id] : []));

/** A set that was begun and not completed yet is told of by its journal. */
const isUnfinished = (home: string) =>
  [JOURNAL_FILE, UNDO_FILE].some((name) => files.findOrNull(`${home}/${name}`) !== null);
