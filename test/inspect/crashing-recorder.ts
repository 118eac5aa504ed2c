import { Recorder } from '../../src/inspect/recorder.ts';
import { room } from './room.ts';

/** Records a room to the file that is named, and ends by what nobody caught, just after a step of a machine. */
const [, , file = '', end = ''] = process.argv;
const ENDS: Readonly<Record<string, () => unknown>> = {
  thrown: () => {
    throw new Error('nobody catches this');
  },
  rejected: () => Promise.reject(new Error('nobody catches this')),
  exit: () => process.exit(3),
};
const { tap, ask } = room();
new Recorder(tap, file, (error) => {
  throw error;
});
setTimeout(() => {
  ask('the last');
  ENDS[end]?.();
}, 1);
