import type { z } from 'zod';
import type { MethodSpec } from './method.ts';
import { agentMethods } from './methods/agents.ts';
import { clusterMethods } from './methods/cluster.ts';
import { fileMethods } from './methods/files.ts';
import { groupMethods } from './methods/groups.ts';
import { nodeMethods } from './methods/nodes.ts';
import { syscollectorMethods } from './methods/syscollector.ts';

/** The one table of methods, an allow-list: dispatch, documentation and the HTTP API read it. */
export const methods = {
  ...clusterMethods,
  ...nodeMethods,
  ...agentMethods,
  ...groupMethods,
  ...fileMethods,
  ...syscollectorMethods,
} satisfies Record<string, MethodSpec>;

export type MethodName = keyof typeof methods;
export type MethodArgs<M extends MethodName> = z.infer<(typeof methods)[M]['args']>;
export type MethodResult<M extends MethodName> = z.infer<(typeof methods)[M]['result']>;
