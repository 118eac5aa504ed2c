import { MAX_HELLO_BYTES } from '../../protocol/limits.ts';
import type { TalkWithMaster } from '../talk-with-master.ts';
import { ask, EMPTY_MAP, isMuster, raw, type Sayings } from './say.ts';

/** Whom nobody shares a version with. */
const OTHER_VERSIONS = { min: 200, max: 200 };
const textOf = ({ part }: TalkWithMaster, ...more: readonly string[]) =>
  Buffer.from([part.name, part.target.cluster, ...more].join(' '));
const otherRelease = raw('hello', (talk: TalkWithMaster) => textOf(talk, 'worker', '0.0.1'));

export const helloSayings: Sayings<TalkWithMaster> = {
  'say.hello': ask('hello', (talk) => talk.hello()),
  'say.hello.again': ask('hello', (talk) => talk.hello()),
  'say.hello.otherCluster': ask('hello', (talk) =>
    talk.hello({ cluster: `not-${talk.part.target.cluster}` }),
  ),
  'say.hello.badName': ask('hello', (talk) => talk.hello({ name: `${talk.part.name}~` })),
  'say.hello.nameOfMaster': ask('hello', (talk) => talk.hello({ name: talk.master.name })),
  'say.hello.twin': ask('hello', (talk) => talk.hello({ node: 'f'.repeat(32) })),
  'say.hello.otherVersion': (talk) =>
    isMuster(talk) ? talk.peer.ask('hello', talk.hello({ protocol: OTHER_VERSIONS })) : otherRelease(talk),
  'say.hello.malformed': raw('hello', (talk) => (isMuster(talk) ? EMPTY_MAP : textOf(talk))),
  'say.hello.tooLong': raw('hello', () => Buffer.alloc(MAX_HELLO_BYTES + 1)),
};
