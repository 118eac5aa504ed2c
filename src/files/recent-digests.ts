/** Digests that are remembered: large files on their way from the transfer to the staging directory. */
const MAX_DIGESTS = 256;

/** Which states of files were found to have which digest. The oldest are forgotten. */
export class RecentDigests {
  readonly #digests = new Map<string, string>();

  note(digest: string, state: string): void {
    this.#digests.delete(state);
    this.#digests.set(state, digest);
    const [oldest] = this.#digests.keys();
    if (this.#digests.size > MAX_DIGESTS && oldest !== undefined) this.#digests.delete(oldest);
  }

  statesOf(digest: string): string[] {
    return [...this.#digests].filter(([, known]) => known === digest).map(([state]) => state);
  }
}
