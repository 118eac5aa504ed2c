import { monitorEventLoopDelay } from 'node:perf_hooks';
import { openInspector } from '../../src/inspect/server.ts';
import { Tap } from '../../src/inspect/tap.ts';
import { lamps } from './lamps.ts';

/**
 * A process with as many actors as are named, which moves some of them every moment, as many as are named too. It says where it can be watched, and when it is asked whether it is, and how long its event loop was held up at most
 * since it was asked last.
 */
const [, , count = '', maxUnreadMs = '', movesEach = '0'] = process.argv;
const NOTE_CHARS = 1_500;
const MOVE_MS = 20;

const { root, start, press } = lamps('x'.repeat(NOTE_CHARS));
for (let child = 0; child < Number(count); child += 1) start(child);
const tap = new Tap({ redact: (text) => text, now: () => Date.now() });
tap.attach(root);
const inspector = await openInspector({
  tap,
  port: 0,
  node: { name: 'large', role: 'master', version: '1' },
  maxUnreadMs: Number(maxUnreadMs),
});
let at = 0;
setInterval(() => {
  for (let move = 0; move < Number(movesEach); move += 1) {
    press(at);
    at = (at + 1) % Number(count);
  }
}, MOVE_MS);
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
process.on('message', () => {
  process.send?.({ isWatched: tap.isWatched, maxDelayMs: delay.max / 1e6 });
  delay.reset();
});
process.on('disconnect', () => process.exit());
process.send?.({ url: inspector.url });
