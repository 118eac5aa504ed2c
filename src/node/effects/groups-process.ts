import type { GroupsProcessContext, ProcessAddress } from '../../../machines/agent-groups/process.ts';
import type { GroupsReport } from '../../../machines/agent-groups/report.ts';
import { type Failure, UNKNOWN } from '../../../machines/failure.ts';
import type { TaggedLog } from '../../observe/log.ts';
import type { ArgsOf } from '../../protocol/commands.ts';
import type { NodeServices } from '../services.ts';
import { Stopwatch } from '../stopwatch.ts';
import { failureOfChunks, logErrors } from './agent-chunks.ts';
import { told, wire } from './failures.ts';

type Running = { self: object; context: GroupsProcessContext };

/** How a process by which a worker takes agent-groups speaks: to its master, and in its log. */
export class GroupsVoice {
  readonly log: TaggedLog;
  readonly #services: NodeServices;
  readonly #isFull: boolean;
  readonly #timeoutMs: number;

  constructor(services: NodeServices, isFull: boolean) {
    this.#services = services;
    this.#isFull = isFull;
    this.#timeoutMs = services.config.intervals.communication.timeoutClusterRequestMs;
    const subtag = isFull ? 'Agent-groups recv full' : 'Agent-groups recv';
    this.log = services.log.tagged(`Worker ${services.config.nodeName}`, subtag);
  }

  tellFailure({ connectionId, task }: ProcessAddress, failure: Failure): void {
    this.#tell(connectionId, this.#isFull ? 'syn_wgc_err' : 'syn_w_g_err', { task, error: wire(failure) });
  }

  tellReport({ connectionId, task }: ProcessAddress, report: GroupsReport, timeSpentS: number): void {
    const { updatedChunks, errors, matches, differing } = report;
    const args = {
      task,
      updated_chunks: updatedChunks,
      error_messages: [...errors],
      time_spent: timeSpentS,
      matches,
    };
    if (!this.#isFull) this.#tell(connectionId, 'syn_w_g_e', args);
    else {
      const named = differing && { total: differing.total, ids: [...differing.ids] };
      this.#tell(connectionId, 'syn_wgc_e', { ...args, differing: named });
    }
  }

  #tell<Command extends 'syn_w_g_e' | 'syn_wgc_e' | 'syn_w_g_err' | 'syn_wgc_err'>(
    connectionId: number,
    command: Command,
    args: ArgsOf<Command>,
  ): void {
    this.#services.channels
      .find(connectionId)
      ?.request(command, args, { timeoutMs: this.#timeoutMs })
      .catch((error) => this.log.warning('The master could not be told', { error }));
  }

  /** What both processes do alike. */
  actions() {
    const { log } = this;
    const { channels, clock, status, store } = this.#services;
    const watch = new Stopwatch(clock);
    const note = (process: object, chunks: number, failure: Failure | null) => {
      status[this.#isFull ? 'lastAllGroups' : 'lastGroups'] = { ...watch.lap(process), chunks, failure };
    };
    return {
      replyTask: (_: unknown, params: ProcessAddress & { counter: number }) =>
        channels.find(params.connectionId)?.reply<'syn_g_m_w'>(params.counter, { task: params.task }),
      answer: ({ self }: Running, params: ProcessAddress & GroupsReport) =>
        this.tellReport(params, params, watch.seconds(self)),
      answerFailure: (_: unknown, params: ProcessAddress & { failure: Failure }) =>
        this.tellFailure(params, params.failure),
      logStarting: ({ self }: Running) => {
        watch.start(self);
        log.info('Starting.');
      },
      logMatching: () => log.debug('The checksum is that of the master.'),
      logDifferent: ({ context }: Running) =>
        log.debug(`The checksum of the master (${context.stored.masterHash}) is another.`),
      logUncompared: ({ context: { failure } }: Running) =>
        log[store.levelOf(failure)](
          `The comparison with the master came to no end: ${told(failure ?? UNKNOWN)}`,
        ),
      logFinished: ({ self, context: { stored } }: Running) => {
        note(self, stored.updatedChunks, failureOfChunks(stored.errors));
        log.info(`Finished in ${watch.told(self)} (${stored.receivedChunks} chunks received).`);
        if (stored.errors.length === 0) return;
        log.warning(
          'Not all groups could be written. The master tries again; agents that are new come with an integrity sync.',
        );
        logErrors((line) => log.warning(line), stored.errors);
      },
      logFailed: ({ self, context }: Running) => {
        const failure = context.failure ?? UNKNOWN;
        note(self, 0, failure);
        log[store.levelOf(failure)](`Failed after ${watch.told(self)}: ${told(failure)}`);
      },
    };
  }
}
