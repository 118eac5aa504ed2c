import { MAX_INCOMING_TRANSFERS } from '../../machines/transfer/limits.ts';
import { MusterError } from '../protocol/errors.ts';
import { Peer } from './peer.ts';
import { digestOf } from './sayings/say.ts';
import { sayings } from './sayings.ts';
import { sendString, show } from './show.ts';
import type { Talk } from './talk.ts';

type Deed = (talk: Talk) => Promise<void>;

/** Agent-info of no agents. */
const NO_AGENTS = { set_data_command: 'global sync-agent-info-set', payload: {}, chunks: [] };

/** What a peer does that is more than a request. */
const deeds: Readonly<Record<string, Deed>> = {
  'do.connect': async (talk) => talk.use(await talk.connect()),
  'do.connect.silently': async (talk) => talk.use(await talk.connect()),
  'do.connect.wrongKey': connectWithWrongKey,
  'do.returnAsNewer': async (talk) => {
    await talk.session();
  },
  'do.cutAndReturn': async (talk) => {
    const [frame] = talk.peer.expect('echo', { data: 'cut off in the middle' });
    if (frame !== undefined) talk.peer.write([frame.subarray(0, frame.length >> 1)]);
    talk.peer.drop();
    const { peer } = await talk.session();
    talk.use(peer);
  },
  'do.showNothing': (talk) => show(talk, talk.peer, talk.facts.task, '{}'),
  'do.showAll': (talk) => show(talk, talk.peer, talk.facts.task, JSON.stringify(talk.master.set)),
  'do.showGarbage': (talk) => show(talk, talk.peer, talk.facts.task, 'no list at all'),
  'do.fillTransfers': async (talk) => {
    for (let i = 0; i < MAX_INCOMING_TRANSFERS; i += 1) {
      const size = talk.content.length;
      await talk.answerTo(talk.peer, talk.peer.ask('new_str', { size, digest: digestOf(talk.content) }));
    }
  },
  'do.sendString.noJson': (talk) => sendString(talk, 'no JSON'),
  'do.sendString.noAgents': (talk) => sendString(talk, JSON.stringify(NO_AGENTS)),
  // Where the transport proves a name, that is the one that is claimed.
  'say.hello.nameOfMaster': async (talk) => {
    talk.use(await talk.connect(talk.master.name));
    sayings['say.hello.nameOfMaster']?.(talk);
  },
  'say.hello.twin': async (talk) => {
    const stranger = talk.peer;
    const { peer } = await talk.session();
    talk.use(peer);
    talk.use(stranger);
    sayings['say.hello.twin']?.(talk);
  },
};

/** A handshake that fails ends the connection as one that was closed. */
async function connectWithWrongKey(talk: Talk): Promise<void> {
  const { tongue, name } = talk.part;
  const connecting = tongue.connectWithWrongKey(name, talk.leftMs);
  if (connecting === null) {
    talk.use(await talk.connect());
    talk.peer.askRaw((counter) => tongue.unreadable(counter, 'hello'));
    return;
  }
  try {
    talk.use(new Peer(await connecting, tongue.dialect(name)));
  } catch (error) {
    if (!(error instanceof MusterError)) throw error;
    talk.use(Peer.closed(tongue.dialect(name)));
  }
}

/** Does one step of a path, `do.*` or `say.*`. */
export async function perform(step: string, talk: Talk): Promise<void> {
  const deed = deeds[step] ?? sayings[step];
  if (deed === undefined) throw new Error(`nobody knows how ${step} is done`);
  await deed(talk);
}

/** Whether a step can be done at all; of tests. */
export const isKnown = (step: string): boolean => Object.hasOwn(deeds, step) || Object.hasOwn(sayings, step);
