import { z } from 'zod';
import { documented, flag } from './setting.ts';

/** Directories that a sync may touch at most: more are refused, so that a slip cannot make a scan endless. */
export const MAX_FILE_ITEMS = 64;
/** Names in one list of names. */
export const MAX_NAMES = 1000;

const EXCLUDED_FILES = ['ar.conf', 'ossec.conf'];
const EXCLUDED_EXTENSIONS = ['~', '.tmp', '.lock', '.swp'];
const LISTS = { excluded_files: true, excluded_extensions: true };

const NAME = /^[^/\\\0]{1,255}$/;
const DIRECTORY = /^(?:[^/\\\0]+\/)+$/;

/** A file name: one step of a path. */
const isName = (name: string) => NAME.test(name) && name !== '.' && name !== '..';

/** Relative, normal form, trailing slash, and none of the places where a node keeps its own state. */
export function isItemDirectory(key: string): boolean {
  if (!DIRECTORY.test(key) || key.length > 1024) return false;
  const steps = key.slice(0, -1).split('/');
  if (!steps.every(isName)) return false;
  return !['queue/cluster/', 'logs/', 'var/run/'].some((own) => key.startsWith(own) || own.startsWith(key));
}

/** One directory of the `files` section. */
export const fileItem = z.object({
  permissions: documented(z.string().regex(/^0o?[0-7]{3}$/), {
    about:
      'Mode that a file of this directory gets on the node that receives it, whatever it is on the master.',
    allowed: 'an octal text such as `"0o660"`',
    default: 'none: must be given',
    raise: '',
  }),
  files: documented(z.array(z.string().refine(isName)).min(1).max(MAX_NAMES), {
    about: 'Which files: `["all"]`, or the names that count, at any depth if `recursive`.',
    allowed: `\`["all"]\` or 1 to ${MAX_NAMES} file names`,
    default: '["all"]',
  }).default(['all']),
  recursive: flag({
    default: false,
    about: 'Whether directories below belong to it.',
    raise: 'Set it to `true` and they do',
    lower: '',
  }),
  remove_subdirs_if_empty: flag({
    default: false,
    about: 'Whether a directory that a sync leaves empty is removed.',
    raise: 'Set it to `true` and it is',
    lower: '',
  }),
  extra_valid: flag({
    default: false,
    about: 'Whether files that only a worker has are left there instead of deleted.',
    raise: 'Set it to `true` and they stay',
    lower: '',
  }),
  source: z.unknown().optional(),
  restart: z.unknown().optional(),
  description: z.unknown().optional(),
});

const names = (what: string, fallback: string[]) =>
  documented(
    z
      .array(z.string().refine(isName))
      .max(MAX_NAMES)
      .default(() => [...fallback]),
    {
      about: what,
      allowed: `a list of at most ${MAX_NAMES} texts without slashes`,
      default: JSON.stringify(fallback),
    },
  );

/** The `files` section of cluster.json: directories by their path, and two lists of what is left out everywhere. */
export const filesSection = z
  .object({
    excluded_files: names('File names that are never synchronised, in any directory.', EXCLUDED_FILES),
    excluded_extensions: names('Endings of file names that are never synchronised.', EXCLUDED_EXTENSIONS),
  })
  .catchall(fileItem)
  .superRefine((section, context) => {
    const keys = Object.keys(section).filter((key) => !(key in LISTS));
    for (const key of keys) {
      if (!isItemDirectory(key)) {
        context.addIssue({
          code: 'custom',
          path: [key],
          message:
            'a directory below the home in normal form with a slash at its end, such as `etc/rules/`, outside `queue/cluster/`, `logs/` and `var/run/`',
        });
      }
    }
    if (keys.length > MAX_FILE_ITEMS) {
      context.addIssue({ code: 'custom', message: `at most ${MAX_FILE_ITEMS} directories` });
    }
  });

const ruleset = { permissions: '0o660', files: ['all'], recursive: true, remove_subdirs_if_empty: false };

/** What is synchronised when cluster.json does not say: keys, groups and the user's rules, decoders and lists. */
export const defaultFiles = {
  'etc/': {
    permissions: '0o640',
    files: ['client.keys'],
    recursive: false,
    remove_subdirs_if_empty: false,
    extra_valid: false,
  },
  'etc/shared/': { ...ruleset, remove_subdirs_if_empty: true, extra_valid: false },
  'var/multigroups/': {
    ...ruleset,
    files: ['merged.mg'],
    remove_subdirs_if_empty: true,
    extra_valid: false,
  },
  'etc/rules/': { ...ruleset, extra_valid: false },
  'etc/decoders/': { ...ruleset, extra_valid: false },
  'etc/lists/': { ...ruleset, extra_valid: false },
  excluded_files: EXCLUDED_FILES,
  excluded_extensions: EXCLUDED_EXTENSIONS,
};
