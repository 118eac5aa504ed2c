import { z } from 'zod';

const text = z.string().nullable().catch(null);

/** How one sync ended. */
const sync = z.looseObject({
  startedAt: z.string(),
  durationSeconds: z.number(),
  outcome: z.string(),
  created: z.number().catch(0),
  updated: z.number().catch(0),
  deleted: z.number().catch(0),
  failure: z.looseObject({ message: z.string() }).nullable().catch(null),
});

const worker = z.looseObject({
  name: z.string(),
  version: z.string().catch('—'),
  ip: z.string().catch('—'),
  digest: text,
  inStep: z.boolean().catch(false),
  lastKeepalive: text,
  lastSync: sync.nullable().catch(null),
});

/**
 * What `get_status` says, as far as people and the demonstration look at it. The reply is open: a newer daemon may say
 * more, and an older one less.
 */
export const statusReply = z.looseObject({
  name: z.string(),
  role: z.enum(['master', 'worker']),
  cluster: z.string().catch('—'),
  version: z.string().catch('—'),
  pid: z.number().nullable().catch(null),
  uptimeSeconds: z.number().catch(0),
  address: text,
  digest: text,
  files: z.number().nullable().catch(null),
  connected: z.boolean().nullable().catch(null),
  /** Of a worker, while it is connected. */
  master: z.looseObject({ name: z.string(), address: z.string() }).nullable().catch(null),
  /** Why it is not connected. */
  masterFailure: z
    .looseObject({ at: z.string(), code: z.number(), message: z.string() })
    .nullable()
    .catch(null),
  workers: z.array(worker).catch([]),
  lastSync: sync.nullable().catch(null),
});

export type StatusReply = z.output<typeof statusReply>;
export type SyncReply = z.output<typeof sync>;
