/** What the bench tells a fleet, over the IPC channel of the process. */
export type FleetOrder =
  /** Starts the workers, which are connected and in step when it answers. */
  | { order: 'start' }
  /** Lets so many agents of each worker report, from the first on: what they are, another thing in each round. */
  | { order: 'report'; agentsEach: number; round: number }
  /** The same for their keepalives. */
  | { order: 'keepalive'; agentsEach: number }
  /** Starts a round of agent-info on all workers at once; answers when the last one is over. */
  | { order: 'round' }
  /** Answers when the checksum of every worker is this one. */
  | { order: 'hash'; hash: string }
  /** Messages on all connections since the last time that this was asked. */
  | { order: 'messages' };

export interface FleetReply {
  readonly id: number;
  /** For `round`: when it was started. */
  readonly startedMs?: number;
  /** For `round` and `hash`: when the last one was ready. Milliseconds since the epoch. */
  readonly endedMs?: number;
  /** For `messages`: how many of each command, requests and replies, both ways. */
  readonly messages?: Readonly<Record<string, number>>;
  readonly failure?: string;
}

/** How a process of a fleet is told of itself. */
export interface FleetPlan {
  /** Homes of its workers, which are laid out. */
  readonly homes: readonly string[];
  /** Place of the first among all homes of the fleet, from 0. */
  readonly firstHome: number;
  /** Agents that report to each worker: the first has 1 to this, the second goes on from there. */
  readonly agentsEach: number;
}
