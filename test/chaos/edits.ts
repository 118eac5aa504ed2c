import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { below, randomBytesFrom } from './random.ts';

/** Names that come and go: the set stays about as large as it is, so that nothing grows because of it. */
const NAMES = 300;
const DIRECTORIES = ['etc/rules', 'etc/decoders', 'etc/lists', 'etc/shared/default', 'etc/shared/group'];
const MAX_BYTES = 4_000;
const LARGE_BYTES = 1_500_000;
/** Files of one edit. */
const MAX_FILES = 6;

/** Changes that somebody makes to the files of a home, one after the other. */
export class Edits {
  readonly #home: string;
  readonly #random: () => number;
  count = 0;

  constructor(home: string, random: () => number) {
    this.#home = home;
    this.#random = random;
    for (let number = 0; number < NAMES; number += 2) this.#write(number);
  }

  /** Writes and removes a few files; now and then one that travels alone. */
  next(): void {
    this.count += 1;
    const files = 1 + below(this.#random, MAX_FILES);
    for (let i = 0; i < files; i += 1) {
      const number = below(this.#random, NAMES);
      if (this.#random() < 0.3) rmSync(this.#pathOf(number), { force: true });
      else this.#write(number);
    }
    if (this.#random() < 0.1) {
      writeFileSync(join(this.#home, 'etc/rules/large.xml'), randomBytesFrom(this.#random, LARGE_BYTES));
    }
  }

  #write(number: number): void {
    const path = this.#pathOf(number);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, randomBytesFrom(this.#random, 1 + below(this.#random, MAX_BYTES)));
  }

  #pathOf(number: number): string {
    return join(this.#home, DIRECTORIES[number % DIRECTORIES.length] ?? '', `file-${number}.xml`);
  }
}
