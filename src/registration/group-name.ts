import { MAX_GROUP_NAME_CHARS } from './limits.ts';

const NAME = /^[a-zA-Z0-9_.-]+$/;

/** Whether a group may have this name, which is that of its directory in `etc/shared`. */
export function isGroupName(name: unknown): name is string {
  return (
    typeof name === 'string' &&
    name.length <= MAX_GROUP_NAME_CHARS &&
    name !== '.' &&
    name !== '..' &&
    NAME.test(name)
  );
}
