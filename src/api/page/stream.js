import { authorization, setToken } from './session.js';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5_000;
/** The API sends every second; a connection that says nothing for so long is dead, whatever the network believes. */
const SILENCE_MS = 10_000;

/**
 * Follows the cluster until it is stopped: connects, and connects again whenever the connection is lost, for as long as the
 * token is good. `handlers`: `snapshot(value)`, `history(entries)`, `lost()`, `ended(words)`.
 */
export function follow(handlers) {
  const stop = new AbortController();
  run(handlers, stop.signal);
  return () => stop.abort();
}

async function run(handlers, signal) {
  let pauseMs = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    try {
      const end = await once(handlers, signal, () => {
        pauseMs = FIRST_PAUSE_MS;
      });
      if (end !== null) {
        handlers.ended(end);
        return;
      }
    } catch {
      // The connection is lost: that is told below, and tried again.
    }
    if (signal.aborted) return;
    handlers.lost();
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
}

/** One connection. Returns words if it is over for good, null if it may be tried again. */
async function once(handlers, signal, onAlive) {
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), SILENCE_MS);
  try {
    const answer = await fetch('/live', {
      headers: authorization(),
      signal: AbortSignal.any([signal, silence.signal]),
      cache: 'no-store',
    });
    if (answer.status === 401) return (await answer.json()).detail;
    if (!answer.ok || answer.body === null) return null;
    let end = null;
    for await (const { event, data } of events(answer.body)) {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENCE_MS);
      onAlive();
      if (event === 'snapshot') handlers.snapshot(data);
      else if (event === 'history') handlers.history(data);
      else if (event === 'token') setToken(data.token);
      else if (event === 'end') end = data.message;
    }
    return end;
  } finally {
    clearTimeout(timer);
  }
}

/** Server-sent events: fields by lines, an empty line between events. */
async function* events(body) {
  let fields = {};
  for await (const line of lines(body)) {
    if (line === '') {
      yield { event: fields.event, data: JSON.parse(fields.data) };
      fields = {};
    } else fields[line.slice(0, line.indexOf(':'))] = line.slice(line.indexOf(':') + 2);
  }
}

/** A line may come in many pieces: each is looked at once. */
async function* lines(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let pieces = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const [first, ...others] = value.split('\n');
      pieces.push(first);
      for (const piece of others) {
        yield pieces.join('');
        pieces = [piece];
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
