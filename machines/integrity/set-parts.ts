import type { Failure } from '../failure.ts';

/** Names of what travels in a sync beside its manifest: packages of small files, and single large files. */
const PACKAGE = /^[0-9a-f]{128}\.zip$/;
const LARGE_FILE = /^([0-9a-f]{128})\.bin$/;

/** What nodes of Wazuh 4.x, and ours towards them, call a package and a list: `<worker>-<seconds>-<something>.zip`. */
const WAZUH4_PACKAGE = /-\d{9,11}\.\d+-[0-9a-f]+\.zip$/;

export const packageName = (digest: string) => `${digest}.zip`;
export const isPackage = (name: string) => PACKAGE.test(name);
export const largeFileName = (digest: string) => `${digest}.bin`;
export const isWazuh4Package = (name: string) => WAZUH4_PACKAGE.test(name);
/** The digest of the large file that travels under this name; null for any other name. */
export const digestOfLargeFile = (name: string): string | null => LARGE_FILE.exec(name)?.[1] ?? null;
/** Not the manifest. */
export const isPart = (name: string) => isPackage(name) || digestOfLargeFile(name) !== null;

/** Codes of what can be wrong with one file alone: it is gone, is not what was announced, or cannot be read. */
const TROUBLES_OF_A_FILE: readonly number[] = [3034, 3112, 3119];

/** Whether a transfer may have failed because of its file, so that the rest of the set can do without it. */
export const isTroubleOfAFile = ({ code }: Failure) => TROUBLES_OF_A_FILE.includes(code);

/** Codes by which a worker says that a transfer did not get on. */
const TIMEOUTS: readonly number[] = [3039, 3111];

export const isTimeout = ({ code }: Failure) => TIMEOUTS.includes(code);

/** Whether a node says that its disk is full, by the system's own name of that; as `src/config/system-words.ts`, which no machine may know. */
export const isDiskFull = ({ message }: Failure) => /\b(?:ENOSPC|EDQUOT)\b/.test(message);
