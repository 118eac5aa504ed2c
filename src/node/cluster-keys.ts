import { stat } from 'node:fs/promises';
import { checkSection } from '../config/check-section.ts';
import { inHome } from '../config/home.ts';
import { checkJson, readJsonFile } from '../config/json-file.ts';
import { loadConfig } from '../config/load.ts';
import { parseClusterSection } from '../config/ossec-conf.ts';
import { readText } from '../config/read-text.ts';
import { musterJsonSchema } from '../config/schema/muster-json.ts';
import { MusterError } from '../protocol/errors.ts';
import { replaceFile } from '../registration/replace-file.ts';
import { deriveKey } from '../transport/keys.ts';

/** It holds keys. */
const NEW_FILE_MODE = 0o640;

/** A key of a home, by its identifier, which gives nothing of it away. */
export interface ClusterKey {
  readonly id: string;
  readonly key: string;
  /** The node connects with it; it accepts all of them. */
  readonly isUsed: boolean;
}

/**
 * The cluster keys of a home as its configuration has them: `<key>` of etc/ossec.conf is used, `security.accepted_keys` of
 * etc/muster.json are accepted beside it. Every change is whole at any moment: a node that starts in the middle has all keys
 * that it needs. Everything throws 3004, 3006 and 3119.
 */
export class ClusterKeys {
  readonly #home: string;

  constructor(home: string) {
    this.#home = home;
  }

  /** The used one first. */
  async list(): Promise<ClusterKey[]> {
    const { key, security } = await loadConfig(this.#home);
    const others = security.acceptedKeys.filter((other) => other !== key);
    return [key, ...new Set(others)].map((text) => ({
      id: deriveKey(text).keyId,
      key: text,
      isUsed: text === key,
    }));
  }

  /** Accepts a key. */
  async add(key: string): Promise<ClusterKey> {
    const known = await this.list();
    const found = known.find((one) => one.key === key);
    if (found !== undefined) return found;
    await this.#writeAccepted([...known.filter(({ isUsed }) => !isUsed).map((one) => one.key), key]);
    return { id: deriveKey(key).keyId, key, isUsed: false };
  }

  /** Connects with an accepted key from now on, and accepts the one before. Throws 3004 for an identifier of none. */
  async use(id: string): Promise<ClusterKey> {
    const known = await this.list();
    const { wanted, used } = pick(known, id);
    if (wanted.isUsed) return wanted;
    const others = known.filter((one) => one !== wanted && one !== used).map(({ key }) => key);
    await this.#writeAccepted([...others, wanted.key, used.key]);
    await this.#writeUsed(used.key, wanted.key);
    await this.#writeAccepted([...others, used.key]);
    return { ...wanted, isUsed: true };
  }

  /** Accepts a key no more. Throws 3004 for the one in use. */
  async remove(id: string): Promise<ClusterKey> {
    const known = await this.list();
    const { wanted } = pick(known, id);
    if (wanted.isUsed) throw new MusterError(3004, `the key ${id} is in use: use another one first`);
    await this.#writeAccepted(known.filter((one) => one !== wanted && !one.isUsed).map(({ key }) => key));
    return wanted;
  }

  async #writeAccepted(keys: readonly string[]): Promise<void> {
    const path = inHome(this.#home, 'musterJson');
    const file = await readJsonFile(path);
    const raw = (file?.raw ?? {}) as { security?: object };
    const changed = { ...raw, security: { ...raw.security, accepted_keys: keys } };
    try {
      checkJson(musterJsonSchema, changed);
    } catch (error) {
      throw new MusterError(3004, `${path}: ${(error as Error).message}`, { cause: error });
    }
    await replaceText(path, `${JSON.stringify(changed, null, 2)}\n`);
  }

  /** Nothing else of the file is touched; what comes out is read as the node will read it before it is written. */
  async #writeUsed(before: string, after: string): Promise<void> {
    const path = inHome(this.#home, 'ossecConf');
    const text = (await readText(path)) ?? '';
    const place = new RegExp(`(?<=<key>\\s*)${literally(before)}(?=\\s*</key>)`, 'g');
    const changed = text.replace(place, () => after);
    const { key } = checkSection(parseClusterSection(changed, path), path);
    if (key !== after)
      throw new MusterError(3004, `${path}: the place of <key> was not found; write the key there`);
    await replaceText(path, changed);
  }
}

/** As a part of an expression that stands for itself: keys have any printable characters. */
const literally = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

function pick(known: readonly ClusterKey[], id: string): { wanted: ClusterKey; used: ClusterKey } {
  const wanted = known.find((one) => one.id === id);
  const used = known.find(({ isUsed }) => isUsed);
  if (wanted === undefined || used === undefined) {
    throw new MusterError(3004, `the key ${id} is none of ${known.map((one) => one.id).join(', ')}`);
  }
  return { wanted, used };
}

/** With the mode that it has. */
async function replaceText(path: string, text: string): Promise<void> {
  const mode = await stat(path).then(
    (found) => found.mode & 0o777,
    () => NEW_FILE_MODE,
  );
  replaceFile(path, Buffer.from(text), mode);
}
