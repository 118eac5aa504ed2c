import { pythonBytes } from '../protocol/dialects/wazuh4/python.ts';
import { NO_HANDLE, NO_NUMBER, noFile, UNASKED } from './sayings/say.ts';
import type { Talk } from './talk.ts';

/**
 * Where an original has no code of its own for a failure it tells 1000, and what its runtime says: just these words, by the
 * name that steps like `hear.err.1000.notANumber` have for them. Any other 1000 could be any failure.
 */
export const originalWords: Readonly<Record<string, (talk: Pick<Talk, 'workerName'>) => string>> = {
  notANumber: () => `invalid literal for int() with base 10: ${pythonBytes(NO_NUMBER)}`,
  notJson: () => 'Expecting value: line 1 column 1 (char 0)',
  tooFewWords: () => 'not enough values to unpack (expected 4, got 2)',
  // Of a key that is missing its runtime says the key.
  unknownString: () => pythonBytes(String(NO_HANDLE)),
  unknownFile: (talk) => pythonBytes(noFile(talk)),
  unknownClient: () => `'${UNASKED.id}'`,
};
