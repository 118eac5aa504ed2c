/** What authd is asked to do, checked as far as that goes without looking at who is registered. */
export type Order =
  | AddOrder
  | { readonly kind: 'get'; readonly id: string }
  /** `isPurged`: name and key are forgotten, too. */
  | { readonly kind: 'remove'; readonly id: string; readonly isPurged: boolean };

export interface AddOrder {
  readonly kind: 'add';
  readonly name: string;
  readonly ip: string;
  /** Each once, in their order; whether there are such groups is still to be seen. */
  readonly groups: readonly string[];
  /** Null: the next one. */
  readonly id: number | null;
  /** Null: a new one. */
  readonly key: string | null;
  /** Hash of the key that the agent has already; null if it does not tell. */
  readonly keyHash: string | null;
  readonly force: ForceRules;
}

/** When an agent that is in the way of a new one makes room for it. */
export interface ForceRules {
  readonly enabled: boolean;
  /** One that has told the hash of the right key stays. */
  readonly keyMismatch: boolean;
  /** One that has connected before has to be disconnected for so long; null: that does not count. */
  readonly disconnectedS: number | null;
  /** It has to be registered for so long. */
  readonly registeredS: number;
}

/** Where nobody says otherwise. */
export const DEFAULT_FORCE: ForceRules = {
  enabled: true,
  keyMismatch: true,
  disconnectedS: 3_600,
  registeredS: 3_600,
};

/** What the agent store knows of an agent that is in the way. */
export interface AgentFacts {
  readonly connectionStatus: string;
  /** Seconds since the epoch; 0: not disconnected. */
  readonly disconnectionTimeS: number;
  /** Seconds since the epoch. */
  readonly dateAddS: number;
}

/** An order, and what is known of agents that are in its way, by id; null for one that the store does not know. */
export interface JudgedOrder {
  readonly order: Order;
  readonly facts: ReadonlyMap<number, AgentFacts | null>;
}

/** What has become of an order: answered, or not before it is known whether this agent has to make room. */
export type Outcome =
  | { readonly answer: string; readonly changes: readonly Change[] }
  | { readonly unjudged: number };

/** What the agent store has to follow. */
export type Change =
  | { readonly kind: 'removed'; readonly id: number }
  | { readonly kind: 'added'; readonly agent: AddedAgent };

export interface AddedAgent {
  readonly id: number;
  readonly name: string;
  readonly ip: string;
  readonly key: string;
  readonly groups: readonly string[];
  /** Seconds since the epoch. */
  readonly dateAddS: number;
}
