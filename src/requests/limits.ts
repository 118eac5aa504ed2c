/** Limits of what is asked of methods. */

/** Items of a list unless the request says how many. */
export const DEFAULT_PAGE_ITEMS = 500;
/** Longest query `q`. */
export const MAX_QUERY_CHARS = 4_096;
/** Comparisons in one query `q`; SQLite nests at most 1,000 expressions. */
export const MAX_QUERY_TERMS = 128;
/** Parentheses within parentheses of one query `q`. */
export const MAX_QUERY_DEPTH = 16;
/** Fields that one list is sorted by, or that are selected of it. */
export const MAX_LIST_FIELDS = 64;
/** Names that one filter of a list holds. */
export const MAX_FILTER_VALUES = 1_000;
/** Agents that one request names. */
export const MAX_REQUEST_AGENTS = 20_000;
/** Largest file of rules, decoders or lists, or of a group, that is read or written by a method. */
export const MAX_CONTENT_BYTES = 10_485_760;
/** Groups whose files are summed at the same time for one list. */
export const PARALLEL_GROUPS = 8;
/** Files whose MD5 is remembered: two of each group. */
export const MAX_KNOWN_SUMS = 16_384;
/** Texts of XML and lists that are checked at once; for longer ones a thread is made. */
export const MAX_INLINE_CHECK_CHARS = 65_536;
/** Time that work has, from its turn on, where a node of Wazuh 4.x asks: so long, or as its `api_timeout` says if that is longer. */
export const MIN_PEER_WORK_MS = 10_000;
