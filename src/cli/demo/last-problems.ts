import { readFile } from 'node:fs/promises';
import { inHome } from '../../config/home.ts';

const MAX_LINES = 5;

/** The last warnings and errors that a node has logged. */
export async function lastProblems(home: string): Promise<string[]> {
  const text = await readFile(inHome(home, 'clusterLog'), 'utf8').catch((error) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return text
    .split('\n')
    .filter((line) => / (WARNING|ERROR): /.test(line))
    .slice(-MAX_LINES);
}
