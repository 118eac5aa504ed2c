import { fromPromise } from 'xstate';
import { type AgentInfoStored, agentInfoReceiveMachine } from '../../../machines/agent-info/receive.ts';
import { UNKNOWN } from '../../../machines/failure.ts';
import { MAX_CHUNK_BYTES } from '../../agents/limits.ts';
import type { AgentInfoWritten, AgentStore, WriteInfoOptions } from '../../agents/store.ts';
import { faultPoint } from '../../fault-point.ts';
import type { ArgsOf } from '../../protocol/commands.ts';
import { MusterError } from '../../protocol/errors.ts';
import { MAX_WANTED_AGENTS } from '../../protocol/limits.ts';
import { ownTurn } from '../own-turn.ts';
import type { NodeServices } from '../services.ts';
import type { WorkerStatus } from '../status.ts';
import { Stopwatch } from '../stopwatch.ts';
import type { Transfers } from '../transfers/index.ts';
import {
  type ChunkTexts,
  CLOCK_FIELD,
  chunkError,
  decodeChunkString,
  failureOfChunks,
  logErrors,
} from './agent-chunks.ts';
import { told, wire } from './failures.ts';
import { StaleLog } from './stale-log.ts';

/** The master's agent-info processes for one worker, with their effects. Specification: Agent info thread. */
export function masterAgentInfo(services: NodeServices, transfers: Transfers) {
  const { channels, config, status, clock } = services;
  const watch = new Stopwatch(clock);
  const requestTimeoutMs = config.intervals.communication.timeoutClusterRequestMs;
  const logOf = (connectionId: number) =>
    services.log.tagged(
      `Worker ${status.workers.get(connectionId)?.name ?? `connection ${connectionId}`}`,
      'Agent-info sync',
    );
  const tell = (
    connectionId: number,
    ...[command, args]: ['syn_m_a_e', ArgsOf<'syn_m_a_e'>] | ['syn_m_a_err', ArgsOf<'syn_m_a_err'>]
  ) => {
    channels
      .find(connectionId)
      ?.request(command, args, { timeoutMs: requestTimeoutMs })
      .catch((error) => logOf(connectionId).warning('The worker could not be told', { error }));
  };

  const note = (connectionId: number, news: Partial<WorkerStatus>) => {
    const worker = status.workers.get(connectionId);
    if (worker !== undefined) Object.assign(worker, news);
  };

  /** When each was last given permission: it reads its clock after that. */
  const grantedMs = new WeakMap<WorkerStatus, number>();
  const noteGranted = (connectionId: number) => {
    const worker = status.workers.get(connectionId);
    if (worker !== undefined) grantedMs.set(worker, clock.now());
  };
  const behindOf = (connectionId: number, payload: Readonly<Record<string, unknown>>): number | null => {
    const worker = status.workers.get(connectionId);
    const nowMs = clock.now();
    const fromMs = (worker && grantedMs.get(worker)) ?? nowMs;
    return clockBehindS(payload[CLOCK_FIELD], { fromMs, nowMs }, worker?.clockBehindS);
  };

  /** Told once a connection. */
  const noteClock = (connectionId: number, behindS: number) => {
    const worker = status.workers.get(connectionId);
    if (worker === undefined || worker.clockBehindS === behindS) return;
    if (behindS !== 0) {
      logOf(connectionId).warning(
        `Its clock is ${Math.abs(behindS)} seconds ${behindS > 0 ? 'behind' : 'ahead'}. Keepalives of its agents are put right by that; the clock should be too.`,
      );
    }
    note(connectionId, { clockBehindS: behindS });
  };

  const staleLogs = new WeakMap<WorkerStatus, StaleLog>();
  const noteStale = (connectionId: number, agents: number) => {
    const worker = status.workers.get(connectionId);
    if (worker === undefined || agents === 0) return;
    const staleLog = staleLogs.get(worker) ?? new StaleLog(clock, (line) => logOf(connectionId).info(line));
    staleLogs.set(worker, staleLog);
    staleLog.note(agents);
  };

  return agentInfoReceiveMachine.provide({
    actors: {
      store: fromPromise<AgentInfoStored, { connectionId: number; handle: number }>(
        async ({ input: { connectionId, handle }, signal }) => {
          const bytes = transfers.strings.take(connectionId, handle);
          await ownTurn();
          signal.throwIfAborted();
          const { chunks, payload } = await decodeChunkString(bytes);
          const behindS = behindOf(connectionId, payload);
          noteClock(connectionId, behindS ?? 0);
          const { stale, ...stored } = await writeChunks(services.store.current, chunks, behindS, signal);
          noteStale(connectionId, stale);
          return stored;
        },
      ),
    },
    actions: {
      answer: (_, { connectionId, counter, granted }) => {
        if (granted) noteGranted(connectionId);
        channels.find(connectionId)?.reply<'syn_a_w_m_p'>(counter, { granted });
      },
      refuseBegin: (_, { connectionId, counter, handle }) => {
        transfers.strings.discard(connectionId, handle);
        channels.find(connectionId)?.fail(counter, new MusterError(3116, 'agent-info'));
      },
      replyTask: (_, { connectionId, counter, task }) =>
        channels.find(connectionId)?.reply<'syn_a_w_m'>(counter, { task }),
      tellResult: ({ self }, { connectionId, updatedChunks, errors, wanted }) =>
        tell(connectionId, 'syn_m_a_e', {
          updated_chunks: updatedChunks,
          error_messages: [...errors],
          time_spent: watch.seconds(self),
          // Only those who told keepalives alone know the word.
          ...(wanted?.length !== 0 && { wanted: wanted && [...wanted] }),
        }),
      tellFailure: (_, { connectionId, failure }) =>
        tell(connectionId, 'syn_m_a_err', { error: wire(failure) }),
      logStarting: ({ self, context: { connectionId } }) => {
        watch.start(self);
        note(connectionId, { isSyncingAgents: true });
        logOf(connectionId).info('Starting.');
      },
      logFinished: ({ self, context: { connectionId, stored } }) => {
        const log = logOf(connectionId);
        const chunks = stored?.updatedChunks ?? 0;
        note(connectionId, {
          isSyncingAgents: false,
          lastAgentInfo: { ...watch.lap(self), chunks, failure: failureOfChunks(stored?.errors ?? []) },
        });
        log.info(`Finished in ${watch.told(self)} (${stored?.receivedChunks ?? 0} chunks received).`);
        logErrors((line) => log.error(line), stored?.errors ?? []);
      },
      logFailed: ({ self, context: { connectionId, failure } }) => {
        note(connectionId, {
          isSyncingAgents: false,
          lastAgentInfo: { ...watch.lap(self), chunks: 0, failure: failure ?? UNKNOWN },
        });
        const level = services.store.levelOf(failure);
        logOf(connectionId)[level](`Failed after ${watch.told(self)}: ${told(failure ?? UNKNOWN)}`);
      },
    },
  });
}

/** Clocks that differ by less are taken for equal. */
const CLOCK_TOLERANCE_S = 5;
/** A clock that is a century off says nothing. */
const MAX_CLOCK_DIFFERENCE_S = 3_153_600_000;

/**
 * How many seconds the clock of the sender is behind; 0 if it goes right, null if it does not tell. It was read at some time between
 * the permission and now: however long a string takes to be made and to travel, that says nothing of a clock. What was
 * found before stays until the clock is moved: one keepalive that is told twice has to be the same time twice.
 */
function clockBehindS(
  sentS: unknown,
  { fromMs, nowMs }: { fromMs: number; nowMs: number },
  knownS = 0,
): number | null {
  if (typeof sentS !== 'number') return null;
  const [leastS, mostS] = [fromMs, nowMs].map((timeMs) => Math.floor(timeMs / 1000) - Math.floor(sentS)) as [
    number,
    number,
  ];
  const isPossible = (behindS: number) =>
    behindS >= leastS - CLOCK_TOLERANCE_S && behindS <= mostS + CLOCK_TOLERANCE_S;
  if (isPossible(knownS)) return knownS;
  return isPossible(0) || Math.abs(leastS) > MAX_CLOCK_DIFFERENCE_S ? 0 : leastS;
}

/** One chunk after the other, until somebody wants no more of them. Rejects with 3037 if the store fails as a whole. */
async function writeChunks(
  store: AgentStore,
  chunks: ChunkTexts,
  behindS: number | null,
  signal: AbortSignal,
): Promise<AgentInfoStored & { stale: number }> {
  const errors: string[] = [];
  const wanted: number[] = [];
  let receivedChunks = 0;
  let stale = 0;
  for (const chunk of chunks) {
    signal.throwIfAborted();
    receivedChunks += 1;
    const written = await writeChunk(store, chunk, { clockBehindS: behindS, signal });
    faultPoint('agents.stored');
    stale += written.stale;
    // One more is as good as all.
    wanted.push(...written.wanted.slice(0, MAX_WANTED_AGENTS + 1 - wanted.length));
    if (written.errors.length === 0) continue;
    errors.push(chunkError(`chunk ${receivedChunks}/${chunks.length}`, written.errors));
  }
  return {
    receivedChunks,
    updatedChunks: receivedChunks - errors.length,
    errors,
    wanted: wanted.length > MAX_WANTED_AGENTS ? null : wanted,
    stale,
  };
}

async function writeChunk(
  store: AgentStore,
  chunk: string,
  options: WriteInfoOptions,
): Promise<Pick<AgentInfoWritten, 'errors' | 'wanted' | 'stale'>> {
  const sizeBytes = Buffer.byteLength(chunk);
  if (sizeBytes > MAX_CHUNK_BYTES) {
    return { errors: [`it has ${sizeBytes} bytes; at most ${MAX_CHUNK_BYTES}`], wanted: [], stale: 0 };
  }
  try {
    return await store.writeAgentInfo(chunk, options);
  } catch (error) {
    throw new MusterError(3037, MusterError.from(error).toLog(), { cause: error });
  }
}
