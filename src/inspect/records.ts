/** Anything as JSON can say it: what a context or an event holds, made plain (plain.ts). */
export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [key: string]: Plain };

interface Told {
  /** Rises by one with each record of a node. */
  readonly number: number;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
}

/** An actor that was started, or was there when somebody began to watch. */
export interface ActorRecord extends Told {
  readonly kind: 'actor';
  /** XState's own name of it in this process, never used again: `x:17`. */
  readonly actor: string;
  /** Who started it; null for the root. */
  readonly parent: string | null;
  /** Its name below its parent: `transfers`. */
  readonly id: string;
  /** The id of its machine, as `machine.id`; null for an effect, which has no chart. */
  readonly machine: string | null;
  /** Of a supervisor: what it was made of, as `Supervision` says. */
  readonly supervision?: Plain;
  /** Where it stands when the record is made; null for an effect. */
  readonly state: ActorState | null;
  /** It was there when somebody began to watch, or after a gap: since when it stands there is not known. */
  readonly wasThere: boolean;
}

/** Where a machine stands. */
export interface ActorState {
  readonly status: 'active' | 'done' | 'error' | 'stopped';
  /** State value as XState has it: a name, or names by region. */
  readonly value: Plain;
  readonly context: Plain;
  /** Ids of its children. */
  readonly children: readonly string[];
  /** What it failed with, or its output; null while it runs. */
  readonly result: Plain;
}

/** A message on its way into a mailbox. */
export interface EventRecord extends Told {
  readonly kind: 'event';
  /** Null when it came from outside of all actors. */
  readonly from: string | null;
  readonly to: string;
  readonly event: Plain;
  /** Number of the frame that came, if this was sent at once; null for what was sent later, and without a frame. */
  readonly cause: number | null;
  /** Events that were in the mailbox already, the one that is being handled among them. */
  readonly waiting: number;
}

/** An actor took an event out of its mailbox, and this is where it stands now. */
export interface StepRecord extends Told {
  readonly kind: 'step';
  readonly actor: string;
  readonly event: Plain;
  readonly status: ActorState['status'];
  /** Null for an effect. */
  readonly state: ActorState | null;
  /** The transitions that it took, each as the event that it answers and its source state; empty where it took none. */
  readonly taken: readonly {
    readonly source: string;
    readonly on: string;
    /** Which of the branches of this event, from 0. */
    readonly branch: number;
    readonly targets: readonly string[];
  }[];
}

/** A message of the protocol that passed over a connection. */
export interface FrameRecord extends Told {
  readonly kind: 'frame';
  readonly connection: number;
  readonly peer: string;
  readonly direction: 'in' | 'out';
  readonly command: string;
  readonly counter: number;
  readonly sizeBytes: number;
}

/** What a message of the protocol says, told when it has been decoded, or before it was encoded. */
export interface ContentRecord extends Told {
  readonly kind: 'content';
  readonly connection: number;
  readonly direction: 'in' | 'out';
  readonly counter: number;
  /** Arguments of a request, the reply, or the error in place of it. */
  readonly content: Plain;
}

/** A page was told nothing for a while, because too much happened. The actors that live follow. */
export interface GapRecord extends Told {
  readonly kind: 'gap';
  /** At least: with many actors, and with a page that reads slowly, it is longer. */
  readonly forMs: number;
}

export type InspectionRecord = ActorRecord | EventRecord | StepRecord | FrameRecord | ContentRecord;

/** What pages are told. Recordings have no gaps. */
export type PageRecord = InspectionRecord | GapRecord;
