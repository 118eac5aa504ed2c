import { MusterError } from '../../../protocol/errors.ts';
import { answer, EMPTY_MAP, type Sayings } from '../../sayings/say.ts';
import type { TalkWithWorker } from '../talk-with-worker.ts';

const refuse = (code: number) => answer(({ peer }, counter) => peer.refuse(counter, new MusterError(code)));
const EVICTED = new MusterError(3122).toWire();

export const helloSayings: Sayings<TalkWithWorker> = {
  'say.ok.hello': (talk) => {
    const { request } = talk.facts;
    if (request?.command !== 'hello') throw new Error('nobody has said hello');
    talk.facts.request = null;
    talk.admit(request);
  },
  'say.err.hello.nameTaken': refuse(3028),
  'say.err.hello.nameOfMaster': refuse(3029),
  'say.err.hello.otherCluster': refuse(3030),
  'say.err.hello.otherVersion': refuse(3031),
  'say.ok.hello.malformed': answer(({ peer, tongue }, counter) =>
    peer.write(tongue.frame(counter, 'ok', EMPTY_MAP)),
  ),
  // Whether it is answered makes no difference.
  'say.bye': ({ peer }) => peer.ask('bye', { error: EVICTED }, true),
};
