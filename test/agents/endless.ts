/** What takes SQLite for ever, where there are some agents: all of them with all of them, again and again. */
export const ENDLESS = `global sql select count(*) from ${Array.from({ length: 20 }, (_, index) => `agent a${index}`)}`;
