import { z } from 'zod';

const text = z.string().nullable().catch(null);

/** The message begins with the text of the code. */
const failure = z.looseObject({ code: z.number(), message: z.string() });

/** How one round ended. */
const round = z.looseObject({
  startedAt: z.string(),
  durationSeconds: z.number(),
  outcome: z.string(),
  created: z.number().catch(0),
  updated: z.number().catch(0),
  deleted: z.number().catch(0),
  failure: failure.nullable().catch(null),
});

const worker = z.looseObject({
  name: z.string(),
  version: z.string().catch('—'),
  ip: z.string().catch('—'),
  digest: text,
  /** Null where the master does not know. */
  inStep: z.boolean().nullable().catch(null),
  lastKeepalive: text,
  lastCheck: round.nullable().catch(null),
  lastSync: round.nullable().catch(null),
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
  masterFailure: failure.extend({ at: z.string() }).nullable().catch(null),
  workers: z.array(worker).catch([]),
  lastCheck: round.nullable().catch(null),
  lastSync: round.nullable().catch(null),
  /** Why it cannot look at its own files. */
  scanFailure: failure.extend({ since: z.string() }).nullable().catch(null),
  /** Files that are not synchronised, and the first of them with the reason. */
  leftOut: z
    .looseObject({
      count: z.number(),
      files: z.array(z.looseObject({ path: z.string(), message: z.string(), since: z.string() })),
    })
    .catch({ count: 0, files: [] }),
});

export type StatusReply = z.output<typeof statusReply>;
export type RoundReply = z.output<typeof round>;
