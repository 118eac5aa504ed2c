/** Transfers that one peer may have open towards us at once, files and strings together. */
export const MAX_INCOMING_TRANSFERS = 64;

/** Slowest verification that counts as alive: the receiver reads the whole content again before it confirms. */
export const MIN_VERIFY_BYTES_PER_MS = 20_000;

/** How long the receiver may take to verify, on top of the deadline that every step has. */
export const verifyTimeoutMs = (progressTimeoutMs: number, sizeBytes: number): number =>
  progressTimeoutMs + Math.ceil(sizeBytes / MIN_VERIFY_BYTES_PER_MS);
