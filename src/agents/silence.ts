import { MusterError } from '../protocol/errors.ts';
import type { StoreNews } from './store.ts';

/** Nobody serves the socket, the connection ended, nothing in time. */
const NO_ANSWER: ReadonlySet<number> = new Set([2005, 2010, 3200]);

/** Whether anybody answers at a socket, found out from the requests that are sent there; told when it changes. */
export class Silence {
  #news: StoreNews | null = null;
  #listener: (news: StoreNews) => void = () => {};
  /** Answers so far. */
  #answers = 0;

  /** Hears at once what is so now, if that is known. */
  set listener(listener: (news: StoreNews) => void) {
    this.#listener = listener;
    if (this.#news !== null) listener(this.#news);
  }

  /** Passes on what becomes of a request. */
  async watch<Answer>(request: Promise<Answer>): Promise<Answer> {
    const answersBefore = this.#answers;
    try {
      const answer = await request;
      this.#answers += 1;
      this.#become({ kind: 'answers' });
      return answer;
    } catch (error) {
      const failure = MusterError.from(error);
      // One that was slow or cut off while others were answered is no silence.
      if (NO_ANSWER.has(failure.code) && this.#answers === answersBefore) {
        this.#become({ kind: 'silent', failure });
      }
      throw error;
    }
  }

  #become(news: StoreNews): void {
    if (this.#news?.kind === news.kind) return;
    this.#news = news;
    this.#listener(news);
  }
}
