import type { ErrorRows } from './row.ts';

/** Codes of requests of the distributed API. */
export const requestsErrors: ErrorRows = {
  3300: [
    'unknown-method',
    'Unknown method',
    'A request of the distributed API names a method that the node does not offer, or gives it another type than it has.',
    'See `docs/api.md` for the methods; look whether all nodes run the same version (`muster nodes`).',
  ],
  3301: [
    'answer-too-large',
    'The answer is too large',
    'The answer to a request of the distributed API is longer than 67,108,864 bytes.',
    'Ask for a smaller page, or select fewer fields.',
  ],
  3302: [
    'answer-unfit',
    'The answer cannot be used',
    'A node answered a request of the distributed API with something that the method does not allow.',
    'Look whether all nodes run the same version (`muster nodes`); if they do, file a bug.',
  ],
  3303: [
    'not-text',
    'The file is not UTF-8',
    'Files are read and written as texts; the bytes of this one are none, and would come out changed.',
    'Read or change it where it lies on the disk of the master, or convert it (`iconv`).',
  ],
};
