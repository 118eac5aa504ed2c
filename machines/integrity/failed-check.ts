import { keepError } from '../keep-failure.ts';

/** What the master was never asked for is not reported to it. */
export const failedAlone = { target: 'failed', actions: [keepError, 'logFailed'] } as const;
export const failedBefore = { target: 'reporting', actions: [keepError, 'logFailed'] } as const;

/** It has shown its list, and that was all. */
export const noVerdict = {
  target: '#integrityCheck.reporting',
  actions: [
    {
      type: 'keepFailure',
      params: { code: 3020, message: 'the master did not say what to do with our metadata' },
    },
    'logFailed',
  ],
} as const;
