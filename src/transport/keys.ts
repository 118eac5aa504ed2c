import { hkdfSync } from 'node:crypto';
import { MusterError } from '../protocol/errors.ts';

/** Context of everything that is derived from the cluster key. */
const SALT = 'muster/1';
const PSK_INFO = 'tls-psk';
const KEY_ID_INFO = 'key-id';
const PSK_BYTES = 32;
const KEY_ID_BYTES = 4;
/** Anything else would lose bits on the way to bytes. */
const CLUSTER_KEY = /^[\x21-\x7e]{32}$/;

/** What a cluster key becomes: neither part gives the key, or the other part, away. */
export interface DerivedKey {
  /** 8 hex digits: which key is meant, said in the clear. */
  readonly keyId: string;
  /** Pre-shared key of TLS. */
  readonly psk: Buffer;
}

/** The 32 characters of a cluster key as bytes. Throws 3004, without telling the key, for anything else. */
export function clusterKeyBytes(clusterKey: string): Buffer {
  if (!CLUSTER_KEY.test(clusterKey)) throw new MusterError(3004, 'a cluster key has 32 ASCII characters');
  return Buffer.from(clusterKey, 'ascii');
}

/** HKDF-SHA256 of a cluster key. Throws 3004 as `clusterKeyBytes`. */
export function deriveKey(clusterKey: string): DerivedKey {
  const key = clusterKeyBytes(clusterKey);
  const derive = (info: string, sizeBytes: number) =>
    Buffer.from(hkdfSync('sha256', key, SALT, info, sizeBytes));
  return { keyId: derive(KEY_ID_INFO, KEY_ID_BYTES).toString('hex'), psk: derive(PSK_INFO, PSK_BYTES) };
}

/** The keys of a node: one that it uses, and others that it accepts, so that a key can be changed without a stop. */
export class KeyRing {
  #used!: DerivedKey;
  #clusterKeys!: readonly string[];
  #accepted!: ReadonlyMap<string, DerivedKey>;

  constructor(usedKey: string, acceptedKeys: readonly string[] = []) {
    this.replace(usedKey, acceptedKeys);
  }

  /** For connections that are made from now on; those that are there have proven their key. Throws 3004, and changes nothing. */
  replace(usedKey: string, acceptedKeys: readonly string[]): void {
    const used = deriveKey(usedKey);
    const accepted = acceptedKeys.map(deriveKey);
    this.#used = used;
    this.#clusterKeys = [usedKey, ...acceptedKeys];
    this.#accepted = new Map([used, ...accepted].map((key) => [key.keyId, key]));
  }

  /** The one that it connects with. */
  get used(): DerivedKey {
    return this.#used;
  }

  /** The keys themselves, the used one first: for a dialect that knows nothing better. */
  get clusterKeys(): readonly string[] {
    return this.#clusterKeys;
  }

  /** Identifiers of all keys, that of the used one first. */
  get keyIds(): string[] {
    return [...this.#accepted.keys()];
  }

  /** The key of this identifier; undefined if it is none of ours. */
  find(keyId: string): DerivedKey | undefined {
    return this.#accepted.get(keyId);
  }
}
