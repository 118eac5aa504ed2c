import { readdir } from 'node:fs/promises';
import type { z } from 'zod';
import { inHome } from '../../config/home.ts';
import type { NodeConfig } from '../../config/node-config.ts';
import { fileSystemError } from '../../config/system-words.ts';
import type { jsonObject } from '../../protocol/commands/shapes.ts';
import { itemsResult } from '../failures.ts';
import type { Handlers } from '../handlers.ts';
import type { nodeMethods } from '../methods/nodes.ts';

type Json = z.infer<typeof jsonObject>;

/** Answers of a node about itself; those of several nodes are merged on the way. */
export const nodeHandlers: Handlers<keyof typeof nodeMethods> = {
  'node.info': async (_args, { services: { config, version, files } }) =>
    itemsResult(
      [
        {
          name: config.nodeName,
          type: config.role,
          cluster: config.clusterName,
          version,
          path: config.home,
          pid: process.pid,
          started_at: new Date(performance.timeOrigin).toISOString(),
          uptime_seconds: Math.round(process.uptime()),
          node_version: process.versions.node,
          platform: `${process.platform} ${process.arch}`,
          tz_name: Intl.DateTimeFormat().resolvedOptions().timeZone,
          digest: files.digest === '' ? null : files.digest,
          files: files.fileCount,
        },
      ],
      { noun: 'node' },
    ),

  'node.status': async (_args, { services }) => {
    const { nodeName: name, home } = services.config;
    const daemons = await daemonsOf(inHome(home, 'run'));
    return itemsResult([{ name, daemons, status: asJson(services.status()) }], { noun: 'node' });
  },

  'node.config': async (_args, { services: { config } }) =>
    itemsResult([{ name: config.nodeName, settings: withoutKeys(config) }], { noun: 'node' }),

  'node.sync_integrity': async (_args, { services }) => {
    services.triggerIntegrity();
    const { nodeName: name, role: type } = services.config;
    return itemsResult([{ name, type }], { noun: 'node', done: 'asked' });
  },
};

/** `wazuh-clusterd-4711.pid` */
const PID_FILE = /^(.+)-(\d+)\.pid$/;

/** The programs that have left PID files: where one has several, it runs if any of them does. */
async function daemonsOf(directory: string): Promise<Record<string, 'running' | 'stopped'>> {
  const daemons: Record<string, 'running' | 'stopped'> = {};
  for (const file of await namesIn(directory)) {
    const [, name, pid] = PID_FILE.exec(file) ?? [];
    if (name === undefined || daemons[name] === 'running') continue;
    daemons[name] = isRunning(Number(pid)) ? 'running' : 'stopped';
  }
  return daemons;
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).sort();
  } catch (error) {
    throw fileSystemError(directory, error);
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // It is that of another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function withoutKeys(config: NodeConfig): Json {
  const { key: _key, security, ...rest } = config;
  const { acceptedKeys, ...others } = security;
  return asJson({ ...rest, security: { ...others, acceptedKeys: acceptedKeys.length } });
}

const asJson = (value: object): Json => JSON.parse(JSON.stringify(value));
