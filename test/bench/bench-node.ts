import type { LogLines } from './log-lines.ts';
import type { ProbeReply, ProbeRequest } from './probe/protocol.ts';
import type { Usage } from './process-usage.ts';

/** A node that is measured: a daemon in a process of its own, on a home of its own. */
export interface BenchNode {
  readonly name: string;
  readonly home: string;
  /** Its log as it comes. */
  readonly lines: LogLines;
  /** CPU time so far and peak memory. */
  readonly usage: Usage;
  start(): void;
  /** Something that is equal for nodes with equal sets of files; null while it is not known. */
  digest(): Promise<string | null>;
  /** Asks the probe in the node; what cannot be known is absent in the reply. */
  ask(request: ProbeRequest): Promise<ProbeReply>;
  kill(): Promise<void>;
}

export interface NodeOptions {
  name: string;
  home: string;
  /** Also debug lines; they cost time where there are many. */
  debug?: boolean;
  /** Directory below the home; how often files in it are opened is counted. */
  countsOpensIn?: string | null;
  /** Further arguments of `muster node`. */
  args?: readonly string[];
  /** Beginning of the paths of CPU profiles; null writes none. */
  profilePrefix?: string | null;
}

/** Settings of cluster.json that differ from the default, by section. */
export type Intervals = Partial<Record<'master' | 'worker' | 'communication', Record<string, number>>>;

export interface HomeOptions {
  role: 'master' | 'worker';
  name: string;
  /** Port that the master listens on, or that the worker connects to; on the loopback interface. */
  port: number;
  intervals: Intervals;
}

/** What is measured: Muster, or the original beside it. */
export interface System {
  readonly name: string;
  /** URL of the probe for processes of Node; null where there are none. */
  readonly probe: string | null;
  /** The command `muster`, for `sh`; null where there is none. */
  readonly launcher: string | null;
  /** Makes a home. */
  layOut(home: string, options: HomeOptions): Promise<void>;
  /** A node on this home; starts nothing. */
  node(options: NodeOptions): BenchNode;
}

/** 32 characters, as every cluster key. */
export const KEY = 'c0ffee00c0ffee00c0ffee00c0ffee00';
