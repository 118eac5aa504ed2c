import { stat } from 'node:fs/promises';
import { systemWords } from './system-words.ts';

/** Why a path cannot be the home of a node, in words for a person; null for a directory. */
export async function homeTrouble(home: string): Promise<string | null> {
  try {
    if ((await stat(home)).isDirectory()) return null;
    return `${home} is a file, and a home is a directory: check --home`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return `${home}: ${systemWords(error)}`;
    return `${home} does not exist: check --home, or make a home with \`muster init\``;
  }
}
