/** Limits of the agents that are played. */

export const MAX_SIMULATED_AGENTS = 100_000;
/** Reports of all agents together, a second. */
export const MAX_SIMULATED_RATE = 50_000;
/** Groups that are made for them. */
export const MAX_SIMULATED_GROUPS = 100;
/** Agents that connect for the first time, a second: more would be a storm. */
export const CONNECTS_PER_S = 2_500;
/** Requests to all stores together whose answers are awaited; who is slower than that slows the play down. */
export const MAX_UNDER_WAY = 64;
/** Connections to each store. */
export const STORE_CONNECTIONS = 16;
/** How far the play may be behind its plan; what is beyond is lost, and not caught up. */
export const MAX_LATE_MS = 250;
/** Shortest time that an agent is away: times of reports are whole seconds, and the later one has to be seen as later. */
export const MIN_AWAY_MS = 2_000;
/** Time that nodes have to take over agents and groups. */
export const APPEAR_TIMEOUT_MS = 120_000;
export const APPEAR_POLL_MS = 200;
