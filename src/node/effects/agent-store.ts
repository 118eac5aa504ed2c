import { fromCallback, fromPromise } from 'xstate';
import { type AgentStoreEvent, agentStoreMachine } from '../../../machines/agent-store.ts';
import { UNKNOWN } from '../../../machines/failure.ts';
import { MAX_CLIENTS } from '../../agents/limits.ts';
import { openStore } from '../../agents/open-store.ts';
import { storePath } from '../../agents/paths.ts';
import type { AgentStore, StoreNews } from '../../agents/store.ts';
import type { NodeServices } from '../services.ts';
import { asFailure, told } from './failures.ts';
import { mirrorRegistry } from './registry.ts';

/** Time for agents and groups to be brought into a store that was just opened, before others begin to use it. */
export const FIRST_MIRROR_MS = 10_000;

export interface AgentStoreEffects {
  /** Tells the supervisor that the next child may start. */
  ready(): void;
  /** Agents or their groups may have changed, by whatever program, or because the store was opened anew. */
  groupsChanged(): void;
}

/** The agent store of a node, with its effects: opened for all its processes, and taken from them when it ends. */
export function agentStore(services: NodeServices, { ready, groupsChanged }: AgentStoreEffects) {
  const { config } = services;
  const log = services.log.tagged(
    config.role === 'master' ? 'Master' : `Worker ${config.nodeName}`,
    'Agents',
  );
  let opened: AgentStore | null = null;
  /** A store that hangs does not keep the node from serving what needs no store. */
  const untilMirrored = () =>
    new Promise<void>((resolve) => {
      const timer = services.clock.setTimeout(resolve, FIRST_MIRROR_MS);
      void mirrorRegistry(services).finally(() => {
        services.clock.clearTimeout(timer);
        resolve();
      });
    });

  const open = fromCallback<{ type: 'none' }, undefined>(({ sendBack }) => {
    const tell = (event: AgentStoreEvent) => sendBack(event);
    const end = new AbortController();
    const { signal } = end;
    const fail = (error: unknown) => {
      if (!signal.aborted) tell({ type: 'store.failed', failure: asFailure(error) });
    };
    openStore({ home: config.home, isMaster: config.role === 'master', choice: config.agents.store, signal })
      .then(async ({ store, message, answers }) => {
        if (signal.aborted) return store.close();
        opened = store;
        services.store.set(store);
        store.onGroupsChanged(groupsChanged);
        void store.died.then(fail);
        // A worker must not tell of agents before a new database knows them: they would be lost.
        if (config.role === 'master' && answers) await untilMirrored();
        if (signal.aborted) return;
        tell({ type: 'store.opened', message, answers });
        store.onNews((news) => tell(eventOf(news)));
        // It may be another one than before, or hold what it held long ago.
        groupsChanged();
        return;
      })
      .catch(fail);
    return () => {
      end.abort();
      services.store.set(null);
      opened?.close().catch((error) => log.error('The agent store could not be closed', { error }));
      opened = null;
    };
  });

  return agentStoreMachine.provide({
    actors: {
      store: open,
      close: fromPromise<void, undefined>(async () => {
        await opened?.close();
      }),
    },
    actions: {
      reportReady: ready,
      noteSilence: () => {
        services.store.isSilent = true;
      },
      noteAnswers: () => {
        services.store.isSilent = false;
      },
      logOpened: (_, { message }) => log.info(message),
      logOpenedSilent: (_, { message }) => log.warning(message),
      logSilent: (_, failure) =>
        log.warning(
          `The agent store does not answer: ${told(failure)}. This is not told again until it does.`,
        ),
      logAnswers: () => log.info('The agent store answers now.'),
      logCrowded: () =>
        log.warning(
          `Programs are refused at ${storePath(config.home, 'socket')}: at most ${MAX_CLIENTS} may be connected.`,
        ),
      logUnclosed: ({ context: { failure } }) =>
        log.error(`The agent store could not be closed: ${told(failure ?? UNKNOWN)}`),
    },
  });
}

function eventOf(news: StoreNews): AgentStoreEvent {
  if (news.kind === 'silent') return { type: 'store.silent', failure: asFailure(news.failure) };
  return { type: `store.${news.kind}` };
}
