import { z } from 'zod';
import { seconds, share, whole } from './setting.ts';

const GIB = 1_073_741_824;
const MIB = 1_048_576;

/** `intervals.worker` of cluster.json: what a worker does, and how often. */
export const workerIntervals = z.object({
  sync_integrity: seconds({
    default: 9,
    about: 'Pause of a worker between the end of one integrity check and the start of the next.',
    raise: 'and fewer checks run; a change that no push announced arrives later',
    lower: 'and such changes arrive sooner; a check with nothing to do costs one round trip',
  }),
  sync_agent_info: seconds({
    default: 10,
    about:
      'Pause of a worker between two rounds that tell the master of its agents: keepalives, and what changed of them. A round that finds nothing sends nothing.',
    raise: 'and the master knows later what agents do, with fewer and larger messages',
    lower: 'and it knows sooner',
  }),
  sync_agent_groups: seconds({
    default: 30,
    about:
      'Time that a worker lets go by after its own agent store has changed, before it looks whether the groups of its agents are still those that the master sent; if not, it asks for all of them. The original does not use it.',
    raise: 'and a worker that has strayed is repaired later',
    lower:
      'and it is repaired sooner; below the time that files take to arrive, agents and groups that come and go may look like straying for a moment, which costs a full copy',
  }),
  timeout_agent_groups: seconds({
    default: 40,
    about: 'Time that the agent store of a worker has to write one string of agent-groups.',
    raise: 'and slow stores get through',
    lower: 'and a store that hangs is told sooner; the master tries again after `master.sync_agent_groups`',
  }),
  keep_alive: seconds({
    default: 60,
    about:
      'Pause between two keepalives that a worker (or a waiting local client) sends. Keep it well below `master.max_allowed_time_without_keepalive`.',
    raise: 'and a dead connection is noticed later',
    lower: 'and it is noticed sooner, for a few bytes more',
  }),
  connection_retry: seconds({
    default: 10,
    about:
      'Longest pause before a worker connects again. The first is 0.2 s at most; it doubles with each connection that fails or does not last, and each pause is shortened at random, so that workers do not return all at once.',
    raise: 'and a master that comes back has a calmer start, with workers that return later',
    lower: 'and workers return sooner',
  }),
  max_failed_keepalive_attempts: whole('keepalives', {
    default: 2,
    min: 1,
    max: 1000,
    about: 'Keepalives without an answer after which a worker gives the connection up.',
    raise: 'and short outages are survived without a new connection',
    lower: 'and a silent master is left sooner',
  }),
  agent_groups_mismatch_limit: whole('comparisons', {
    default: 10,
    min: 1,
    max: 100_000,
    about:
      'Comparisons in a row after which a worker whose agent-groups differ from the master’s asks for all of them. A mismatch now and then is no fault: groups may come before the agents that they are for.',
    raise: 'and a difference that does not heal by itself lasts longer',
    lower: 'and it heals sooner, for full copies that were perhaps not needed',
  }),
});

/** `intervals.master` of cluster.json. */
export const masterIntervals = z.object({
  process_pool_size: whole('threads', {
    default: 2,
    min: 1,
    max: 64,
    about: 'Threads of the master that hash, compare and pack files.',
    raise: 'and first syncs of many workers are faster if there are processors for it',
    lower: 'and more is left for other programs',
  }),
  sync_agent_groups: seconds({
    default: 10,
    about:
      'Pause of the master between two looks for changed agent-groups, and before a worker whose groups differ is sent them again. With the embedded store a change is seen within a second, and this period is the safety net.',
    raise: 'and changes in a wazuh-db arrive later, as do repeated comparisons',
    lower: 'and they arrive sooner',
  }),
  timeout_extra_valid: seconds({
    default: 40,
    about: 'Accepted because existing installations have it. The transfer it belonged to is gone.',
    raise: '',
    lower: '',
  }),
  recalculate_integrity: seconds({
    default: 8,
    about:
      'Pause of the master between two scans of its files. With `push.watch` of muster.json a change starts a scan at once, and this period is the safety net.',
    raise: 'and the disk is read less',
    lower: 'and changes that the operating system does not announce are seen sooner',
  }),
  timeout_agent_info: seconds({
    default: 40,
    about: 'Time that the agent store of the master has to write one string of agent-info.',
    raise: 'and slow stores get through',
    lower: 'and a store that hangs is told sooner; the worker sends the rows again',
  }),
  agent_group_start_delay: seconds({
    default: 30,
    min: 0,
    about: 'Pause of the master before it first looks for agent-groups, so that its workers have connected.',
    raise: 'and more workers get the first groups in one go',
    lower: 'and groups that changed while the master was away arrive sooner',
  }),
  check_worker_lastkeepalive: seconds({
    default: 60,
    about:
      'Pause between two keepalives that the master sends to each worker. Keep it well below `max_allowed_time_without_keepalive`.',
    raise: 'and a dead connection is noticed later, on both sides',
    lower: 'and it is noticed sooner, for a few bytes more',
  }),
  max_allowed_time_without_keepalive: seconds({
    default: 120,
    about:
      'Age of the last keepalive at which the other side counts as gone and the connection is closed, on the master and on a worker. Keep it above `worker.keep_alive` and `check_worker_lastkeepalive`.',
    raise: 'and slow networks do not cost connections',
    lower: 'and the place of a dead worker is free sooner',
  }),
  max_locked_integrity_time: seconds({
    default: 1000,
    about:
      'Time after which an integrity process counts as locked, so that its worker may be permitted a new one. A worker waits so long for an original master that packs what it sends before it announces that.',
    raise: 'and very long transfers are left alone',
    lower:
      'and a process that hangs blocks its worker for a shorter time; below the longest honest sync, syncs are cut off',
  }),
});

/** `intervals.communication` of cluster.json. */
export const communicationIntervals = z.object({
  timeout_cluster_request: seconds({
    default: 20,
    about: 'Time within which a peer must answer a request.',
    raise: 'and slow or loaded peers are waited for',
    lower: 'and failures show sooner',
  }),
  timeout_dapi_request: seconds({
    default: 200,
    about:
      'Time within which a forwarded API request must be answered, and any that nodes or programs of Wazuh 4.x ask.',
    raise: 'and long queries may finish',
    lower: 'and callers hear of failures sooner',
  }),
  timeout_receiving_file: seconds({
    default: 120,
    about:
      'Time without any progress after which the receiver of a file gives it up. A transfer that moves may take as long as it needs.',
    raise: 'and stalled networks are given more time',
    lower:
      'and the next attempt starts sooner; in existing installations it is also the goal by which the size limit grows',
  }),
  max_zip_size: whole('bytes', {
    default: GIB,
    min: 1,
    max: 1024 * GIB,
    about:
      'Largest amount of file content in one sync, and the value at which the adaptive limit starts. What exceeds it follows in the next round; a single larger file travels alone.',
    raise: 'and a large first sync needs fewer rounds',
    lower: 'and each round takes less disk and time',
  }),
  min_zip_size: whole('bytes', {
    default: 30 * MIB,
    min: 1,
    max: 1024 * GIB,
    about: 'The adaptive limit never falls below this. At most `max_zip_size`.',
    raise: 'and bad networks get larger pieces than they can carry',
    lower: 'and they get smaller ones, for more rounds',
  }),
  compress_level: whole('—', {
    default: 1,
    min: 0,
    max: 9,
    about: 'zlib level of packages; 0 leaves them as they are.',
    raise: 'and less is sent, for more processor time on the master',
    lower: 'and packing is faster',
  }),
  zip_limit_tolerance: share({
    default: 0.2,
    min: 0,
    max: 0.9,
    about:
      'Share by which the adaptive limit shrinks after a transfer that timed out: `sent × (1 − tolerance)`. After a quick one it grows by `1 ÷ (1 − tolerance)`.',
    raise: 'and it reacts in larger steps',
    lower: 'and it reacts in smaller ones; 0 keeps it still',
  }),
});
