import type { Kind } from './cluster.ts';

export interface Combination {
  readonly name: string;
  readonly master: Kind;
  readonly workers: readonly Kind[];
}

/** The first shows that the checks themselves are right: there the original speaks with itself. */
export const combinations: readonly Combination[] = [
  { name: 'originals', master: 'original', workers: ['original'] },
  { name: 'original-worker', master: 'muster', workers: ['original'] },
  { name: 'original-master', master: 'original', workers: ['muster'] },
  { name: 'mixed-muster', master: 'muster', workers: ['original', 'muster', 'original'] },
  { name: 'mixed-original', master: 'original', workers: ['muster', 'original', 'muster'] },
];
