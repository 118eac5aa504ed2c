/** What a keepalive carries, in both directions. */
export const KEEPALIVE_TEXT = 'keepalive';

/** What this version can do beyond the common protocol, told in `hello`. */
export const FEATURES: readonly string[] = ['push'];

/** Protocol versions that this software speaks. */
export const PROTOCOL_VERSIONS = { min: 1, max: 1 };
