import { Latest } from '../latest.ts';

/** Digests that are remembered: large files on their way from the transfer to the staging directory. */
const MAX_DIGESTS = 256;

/** Which states of files were found to have which digest. The oldest are forgotten. */
export class RecentDigests {
  readonly #digests = new Latest<string, string>(MAX_DIGESTS);

  note(digest: string, state: string): void {
    this.#digests.set(state, digest);
  }

  statesOf(digest: string): string[] {
    return [...this.#digests].filter(([, known]) => known === digest).map(([state]) => state);
  }
}
