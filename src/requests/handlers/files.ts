import type { NodeConfig } from '../../config/node-config.ts';
import { PathRules } from '../../files/paths.ts';
import { MusterError } from '../../protocol/errors.ts';
import { checkContent } from '../check-content.ts';
import { counted, Failures } from '../failures.ts';
import type { FileKind } from '../file-shapes.ts';
import type { Handlers } from '../handlers.ts';
import { HomeFiles } from '../home-files.ts';
import { listItems } from '../list-items.ts';
import type { fileMethods } from '../methods/files.ts';

const DIRECTORIES: Readonly<Record<FileKind, string>> = {
  rules: 'etc/rules',
  decoders: 'etc/decoders',
  lists: 'etc/lists',
};
const FIELDS = ['filename', 'relative_dirname', 'size', 'modified'] as const;

/** The custom ruleset on the master; workers follow with the rounds that a change begins. */
export const fileHandlers: Handlers<keyof typeof fileMethods> = {
  'files.list': async ({ kind, filename, ...list }, { services: { config }, signal }) => {
    const directory = DIRECTORIES[kind];
    const rules = new PathRules(config.files);
    const all = (await new HomeFiles(config.home).list(directory, signal))
      .filter(({ name }) => isSynchronised(rules, `${directory}/${name}`))
      .map(({ name, sizeBytes, modifiedMs }) => ({
        filename: name,
        relative_dirname: directoryOf(`${directory}/${name}`),
        size: sizeBytes,
        modified: new Date(modifiedMs).toISOString(),
      }));
    const failures = new Failures();
    for (const wanted of filename ?? []) {
      if (!all.some((file) => file.filename === wanted)) failures.add(wanted, new MusterError(1906));
    }
    const chosen = all.filter((file) => filename?.includes(file.filename) ?? true);
    const page = listItems(chosen, list, FIELDS);
    return { ...page, failed: failures.list, message: counted(page.totalItems, 'file') };
  },

  'files.get': async ({ kind, filename }, { services: { config } }) => {
    const { path } = placeOf(config, kind, filename);
    return { kind, filename, content: await new HomeFiles(config.home).read(path) };
  },

  'files.put': async ({ kind, filename, content, overwrite }, { services, signal }) => {
    const { path, mode } = placeOf(services.config, kind, filename);
    await checkContent(kind === 'lists' ? 'list' : 'xml', path, content, signal);
    const files = new HomeFiles(services.config.home);
    await files.write(path, content, { mode, mayReplace: overwrite ?? false });
    services.triggerIntegrity();
    return { kind, filename, path };
  },

  'files.delete': async ({ kind, filename }, { services }) => {
    const { path } = placeOf(services.config, kind, filename);
    await new HomeFiles(services.config.home).delete(path);
    services.triggerIntegrity();
    return { kind, filename, path };
  },
};

const directoryOf = (path: string) => path.slice(0, path.lastIndexOf('/'));

/** Throws 3114 for what is no file of its kind that nodes synchronise. */
function placeOf({ files }: NodeConfig, kind: FileKind, filename: string): { path: string; mode: number } {
  const path = `${DIRECTORIES[kind]}/${filename}`;
  return { path, mode: new PathRules(files).check(path).permissions };
}

function isSynchronised(rules: PathRules, path: string): boolean {
  try {
    rules.check(path);
    return true;
  } catch {
    return false; // others are none of the cluster's
  }
}
