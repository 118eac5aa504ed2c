import type { StoreKind } from '../../agents/store.ts';

/** What a keepalive carries, in both directions. */
export const KEEPALIVE_TEXT = 'keepalive';

/** What this version can do beyond the common protocol, told in `hello`. */
export const FEATURES: readonly string[] = ['push'];

/** Of a master: of an agent whose profile it has, the keepalive suffices. */
export const KNOWN_PROFILES = 'known-profiles';

/** What a master can do. A wazuh-db, into which others write too, does not tell whose profile has changed. */
export const featuresWith = (store: StoreKind | null): string[] =>
  store === 'embedded' ? [...FEATURES, KNOWN_PROFILES] : [...FEATURES];

/** Protocol versions that this software speaks. */
export const PROTOCOL_VERSIONS = { min: 1, max: 1 };
