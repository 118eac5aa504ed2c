/** After so much silence of a master it is told whom a worker waits for, and for what. */
export const SLOW_MASTER_MS = 3_000;
