import { lchown, lstat, mkdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { RequestStore } from '../../agents/request-store.ts';
import type { NodeConfig } from '../../config/node-config.ts';
import { fileSystemError } from '../../config/system-words.ts';
import { PathRules, unsafe } from '../../files/paths.ts';
import { MusterError } from '../../protocol/errors.ts';
import { isGroupName } from '../../registration/group-name.ts';
import { checkContent } from '../check-content.ts';
import { counted, Failures, itemsResult } from '../failures.ts';
import type { Handlers } from '../handlers.ts';
import { HomeFiles } from '../home-files.ts';
import { PARALLEL_GROUPS } from '../limits.ts';
import { listItems } from '../list-items.ts';
import { selectedFields } from '../list-query.ts';
import type { groupMethods } from '../methods/groups.ts';
import { checkGroups } from './agent-groups.ts';
import { listAgents } from './agents.ts';

const DIRECTORY = 'etc/shared';
const CONFIGURATION = 'agent.conf';
const MERGED = 'merged.mg';
const DEFAULT_GROUP = 'default';
const DIRECTORY_MODE = 0o770;
/** What agents of a new group are told: nothing beyond their own configuration. */
const EMPTY_CONFIGURATION = '<agent_config>\n\n</agent_config>\n';
const LISTED = ['name', 'count'] as const;
const SUMS = { configSum: CONFIGURATION, mergedSum: MERGED } as const;

/** Groups on the master; the files of a group go to workers with the rounds that a change begins. */
export const groupHandlers: Handlers<keyof typeof groupMethods> = {
  'groups.list': async ({ groups, select, ...list }, { services, signal }) => {
    const selected = selectedFields(select, [...LISTED, ...Object.keys(SUMS)]);
    const all = (await services.store(signal).groupSizes()).map(({ name, agents }) => ({
      name,
      count: agents,
    }));
    const failures = new Failures();
    for (const name of groups ?? []) {
      if (!all.some((group) => group.name === name)) failures.add(name, new MusterError(1710));
    }
    const chosen = all.filter(({ name }) => groups?.includes(name) ?? true);
    const { items, totalItems } = listItems(chosen, list, LISTED);
    const files = new HomeFiles(services.config.home);
    const whole: Group[] = [];
    for (let at = 0; at < items.length; at += PARALLEL_GROUPS) {
      if (signal.aborted) throw new MusterError(3120, DIRECTORY);
      const few = items.slice(at, at + PARALLEL_GROUPS);
      whole.push(...(await Promise.all(few.map((group) => withSums(files, group, selected)))));
    }
    return { items: whole, totalItems, failed: failures.list, message: counted(totalItems, 'group') };
  },

  'groups.add': async ({ name }, { services }) => {
    const { config } = services;
    if (!isGroupName(name)) throw new MusterError(1722, JSON.stringify(name));
    const directory = join(config.home, DIRECTORY, name);
    await makeDirectory(directory, name);
    try {
      await giveToOwner(directory);
      await writeConfiguration(config, name, EMPTY_CONFIGURATION);
      await enterGroup(services.store(), name);
    } catch (error) {
      // A group is there as a whole or not at all.
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
    services.triggerIntegrity();
    return { name };
  },

  'groups.remove': async ({ groups }, { services }) => {
    const failures = new Failures();
    const removed: string[] = [];
    for (const name of new Set(groups)) {
      try {
        await removeGroup(services.config.home, services.store(), name);
        removed.push(name);
      } catch (error) {
        failures.add(name, MusterError.from(error));
      }
    }
    if (removed.length > 0) services.triggerIntegrity();
    return itemsResult(removed, { noun: 'group', failures, done: 'removed' });
  },

  'groups.agents': async ({ group, ...list }, { services, signal }) => {
    const store = services.store(signal);
    await checkGroups(store, [group]);
    return listAgents(store, list, [{ group, isMember: true }]);
  },

  'groups.files': async ({ group, ...list }, { services: { config, store }, signal }) => {
    await checkGroups(store(signal), [group]);
    const files = new HomeFiles(config.home);
    const directory = `${DIRECTORY}/${group}`;
    const all = (await files.list(directory, signal)).map(({ name, sizeBytes }) => ({
      filename: name,
      size: sizeBytes,
    }));
    const selected = selectedFields(list.select, ['filename', 'size', 'hash']);
    const { items, totalItems } = listItems(all, { ...list, select: undefined }, ['filename', 'size']);
    const hashed: { filename?: string; size?: number; hash?: string }[] = [];
    for (const item of items) {
      if (signal.aborted) throw new MusterError(3120, directory);
      const hash = selected.includes('hash') ? await files.md5(`${directory}/${item.filename}`) : null;
      hashed.push(picked({ ...item, ...(hash !== null && { hash }) }, selected));
    }
    return { items: hashed, totalItems, failed: [], message: counted(totalItems, 'file') };
  },

  'groups.file_get': async ({ group, filename }, { services: { config, store }, signal }) => {
    await checkGroups(store(signal), [group]);
    const content = await new HomeFiles(config.home).read(`${DIRECTORY}/${group}/${filename}`);
    return { group, filename, content };
  },

  'groups.configuration_put': async ({ group, content }, { services, signal }) => {
    await checkGroups(services.store(signal), [group]);
    await checkContent('xml', `${DIRECTORY}/${group}/${CONFIGURATION}`, content, signal);
    await writeConfiguration(services.config, group, content);
    services.triggerIntegrity();
    return { group, filename: CONFIGURATION };
  },
};

type Group = { name?: string; count?: number; configSum?: string; mergedSum?: string };

async function withSums(files: HomeFiles, group: Group, selected: readonly string[]): Promise<Group> {
  const sums: Group = {};
  for (const [field, file] of Object.entries(SUMS) as [keyof typeof SUMS, string][]) {
    if (!selected.includes(field)) continue;
    const sum = await files.md5(`${DIRECTORY}/${group.name}/${file}`);
    if (sum !== null) sums[field] = sum;
  }
  return picked({ ...group, ...sums }, selected);
}

function picked<T extends object>(item: T, fields: readonly string[]): T {
  return Object.fromEntries(Object.entries(item).filter(([field]) => fields.includes(field))) as T;
}

async function writeConfiguration(config: NodeConfig, group: string, content: string): Promise<void> {
  const path = `${DIRECTORY}/${group}/${CONFIGURATION}`;
  const { permissions: mode } = new PathRules(config.files).check(path);
  await new HomeFiles(config.home).write(path, content, { mode, mayReplace: true });
}

/** Rejects with 1711 for one that is there. */
async function makeDirectory(path: string, name: string): Promise<void> {
  try {
    await mkdir(path, { mode: DIRECTORY_MODE });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw new MusterError(1711, name);
    throw fileSystemError(`${DIRECTORY}/${name}`, error);
  }
}

/** Made by root it belongs to whom the directory above belongs: daemons of an installation write into it. */
async function giveToOwner(path: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  try {
    const { uid, gid } = await stat(dirname(path));
    await lchown(path, uid, gid);
  } catch (error) {
    throw fileSystemError(path, error);
  }
}

/** The node makes rows for directories by itself, but whoever made a group wants to use it. */
async function enterGroup(store: RequestStore, name: string): Promise<void> {
  if ((await store.findGroup(name)) !== null) return;
  try {
    await store.insertGroup(name);
  } catch (error) {
    // The node may have seen the directory meanwhile.
    if ((await store.findGroup(name)) === null) throw error;
  }
}

/** The directory goes first: while it is there, the node would make its row anew. Rejects with 1710, 1712, 1722. */
async function removeGroup(home: string, store: RequestStore, name: string): Promise<void> {
  if (name === DEFAULT_GROUP) throw new MusterError(1712);
  await checkGroups(store, [name]);
  const directory = join(home, DIRECTORY, name);
  try {
    const found = await lstat(directory);
    if (!found.isDirectory()) throw unsafe(`${DIRECTORY}/${name}`, 'it is no directory');
    await rm(directory, { recursive: true });
  } catch (error) {
    if (error instanceof MusterError) throw error;
    const isGone = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (!isGone) throw fileSystemError(`${DIRECTORY}/${name}`, error);
  }
  await store.deleteGroup(name);
}
