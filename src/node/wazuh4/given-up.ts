/** SHA-256, as a file is ended there. */
const DIGEST_BYTES = 32;
/** Ends a file that is given up: it fits no content, so that an original drops what has come. */
export const NO_DIGEST = Buffer.alloc(DIGEST_BYTES);

/** Whether a file is ended so. No original does that: the peer is a node of ours. */
export const isGivenUp = (digest: Uint8Array): boolean => NO_DIGEST.equals(digest);
