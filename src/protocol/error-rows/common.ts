import type { ErrorRows } from './row.ts';

/** Codes of what can fail anywhere. */
export const commonErrors: ErrorRows = {
  1000: [
    'internal',
    'Internal error',
    'Something failed that nobody foresaw.',
    'Look into the log of the node that reports it and file a bug.',
  ],
  1013: [
    'service-unreachable',
    'Cannot connect to the local service',
    'The socket of a local service is missing.',
    'Start the service that the detail names.',
  ],
  1014: [
    'service-failed',
    'The local service did not answer',
    'The conversation with a local service broke off.',
    'Look into the log of that service.',
  ],
  1113: [
    'bad-xml',
    'The XML is not well-formed',
    'A file that has to be XML is none.',
    'Repair the line that the detail names.',
  ],
  1121: [
    'service-refused',
    'The local service refused the connection',
    'The socket of a local service exists, but nobody listens.',
    'Start the service that the detail names.',
  ],
};
