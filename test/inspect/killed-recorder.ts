import { existsSync } from 'node:fs';
import { Recorder } from '../../src/inspect/recorder.ts';
import { olderHalf } from '../../src/inspect/recording-files.ts';
import { room } from './room.ts';

/** Records a room to the file that is named, and kills itself as soon as that has turned over. */
const [, , file = ''] = process.argv;
const fail = (error: unknown) => {
  throw error;
};
const { tap, ask, begin, release } = room();
new Recorder(tap, file, fail, { segmentBytes: 20_000 });
for (;;) {
  if (existsSync(olderHalf(file))) process.kill(process.pid, 'SIGKILL');
  for (const deed of [ask, begin, release]) deed();
  // The timers of the recorder come before this goes on.
  await new Promise((resolve) => setImmediate(resolve));
}
