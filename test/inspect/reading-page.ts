import { StringDecoder } from 'node:string_decoder';
import { Follower } from '../../src/inspect/follower.ts';
import type { PageRecord } from '../../src/inspect/records.ts';

/** The lists of records in what a page was sent, as it comes. */
export class Batches {
  readonly #decoder = new StringDecoder();
  readonly all: PageRecord[][] = [];
  #text = '';

  take(bytes: Uint8Array): void {
    const [rest = '', ...events] = (this.#text + this.#decoder.write(Buffer.from(bytes)))
      .split('\n\n')
      .reverse();
    this.#text = rest;
    for (const event of events.reverse()) this.all.push(JSON.parse(event.slice('data: '.length)));
  }
}

/** A page that reads at once, or from when it is told to. */
export function readingPage({ reads = true, onPiece = () => {} } = {}) {
  const batches = new Batches();
  let isReading = reads;
  let isDropped = false;
  let waiting = () => {};
  const follower = new Follower({
    write: (bytes, taken) => {
      onPiece();
      batches.take(bytes);
      if (isReading) taken();
      else waiting = taken;
    },
    drop: () => {
      isDropped = true;
    },
  });
  const records = () => batches.all.flat();
  return {
    follower,
    batches: batches.all,
    records,
    since: (record: PageRecord) =>
      records().slice(records().findIndex(({ number }) => number === record.number)),
    /** Takes one piece more; from then on everything, unless it is said otherwise. */
    read: ({ once = false } = {}) => {
      isReading = !once;
      waiting();
    },
    isDropped: () => isDropped,
  };
}
