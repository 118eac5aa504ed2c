import { MusterError } from '../protocol/errors.ts';
import { commonDeeds, type Deeds, doStep } from './common-deeds.ts';
import { Peer } from './peer.ts';
import { sayings } from './sayings.ts';
import { sendString, show } from './show.ts';
import type { TalkWithMaster } from './talk-with-master.ts';

/** Agent-info of no agents. */
const NO_AGENTS = { set_data_command: 'global sync-agent-info-set', payload: {}, chunks: [] };

/** What a worker does that is more than a request. */
const deeds: Deeds<TalkWithMaster> = {
  ...commonDeeds,
  'do.connect': async (talk) => talk.use(await talk.connect()),
  'do.connect.silently': async (talk) => talk.use(await talk.connect()),
  'do.connect.wrongKey': connectWithWrongKey,
  'do.returnAsNewer': async (talk) => {
    await talk.session();
  },
  'do.showNothing': (talk) => show(talk, talk.peer, talk.facts.task, '{}'),
  'do.showAll': (talk) => show(talk, talk.peer, talk.facts.task, JSON.stringify(talk.master.set)),
  'do.showGarbage': (talk) => show(talk, talk.peer, talk.facts.task, 'no list at all'),
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
async function connectWithWrongKey(talk: TalkWithMaster): Promise<void> {
  const { tongue, name } = talk.part;
  const connecting = tongue.connectWithWrongKey(name, talk.leftMs);
  if (connecting === null) {
    talk.use(await talk.connect());
    talk.peer.askRaw((counter) => tongue.unreadable(counter, 'hello'));
    return;
  }
  try {
    talk.use(new Peer(await connecting, tongue.dialect(name, 'worker')));
  } catch (error) {
    if (!(error instanceof MusterError)) throw error;
    talk.use(Peer.closed(tongue.dialect(name, 'worker')));
  }
}

export const perform = (step: string, talk: TalkWithMaster): Promise<void> =>
  doStep(step, talk, deeds, sayings);

/** Whether a step can be done at all; of tests. */
export const isKnown = (step: string): boolean => Object.hasOwn(deeds, step) || Object.hasOwn(sayings, step);
