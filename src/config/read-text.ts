import { readFile, stat } from 'node:fs/promises';

/** Configuration files are small; a larger one is a mistake, and is not read into memory. */
export const MAX_CONFIG_FILE_BYTES = 16 * 1024 * 1024;

/** The text of a configuration file; null if there is none. Throws a plain error with words for a person. */
export async function readText(path: string): Promise<string | null> {
  try {
    const { size } = await stat(path);
    if (size > MAX_CONFIG_FILE_BYTES) {
      throw new Error(`has ${size} bytes; at most ${MAX_CONFIG_FILE_BYTES} are read`);
    }
    const text = await readFile(path, 'utf8');
    return text.startsWith('\uFEFF') ? text.slice(1) : text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
