const others = Array.from({ length: 19 }, (_, index) => `a${index + 1}`);

/**
 * What takes SQLite for ever, where there are some agents without groups: all of them with all of them, again and again, by
 * an index in which they are all the same. The plan does not tell.
 */
export const ENDLESS = `global sql select count(*) from agent a0 ${others
  .map((name) => `join agent ${name} on ${name}.group_hash is a0.group_hash`)
  .join(' ')}`;
