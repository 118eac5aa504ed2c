import { isWazuh4Package } from '../integrity/set-parts.ts';

/** Files that somebody sends by `send_file` begin so at the other node: they are of no process, and stay for a person. */
const PREFIX = 'sent-';
/** What a name in the directory of a peer cannot hold. */
const UNFIT = /[^A-Za-z0-9._-]/g;
const MAX_NAME_CHARS = 200;

/** What a file of this name is called at the node that it is sent to. */
export function sentFileName(name: string): string {
  const sent = `${PREFIX}${name.replaceAll(UNFIT, '_')}`.slice(0, MAX_NAME_CHARS);
  return isWazuh4Package(sent) ? sent.replace(/\.zip$/, '_zip') : sent;
}

/** A worker may be called `sent-1`: its packages are packages all the same. */
export const isSentFile = (name: string): boolean => name.startsWith(PREFIX) && !isWazuh4Package(name);
