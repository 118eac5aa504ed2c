import type { TaggedLog } from '../../observe/log.ts';
import type { NodeServices } from '../services.ts';
import { incomingDirectory, partOf } from '../spool.ts';
import type { Transfers } from '../transfers/index.ts';

/** To be called where the disk of a worker is full, with the files that the sync which found it so has received. */
export type DropUnwantedParts = (received?: ReadonlySet<string>) => Promise<void>;

/**
 * What earlier syncs received and could not apply waits for a day to be gone on with. Where that fills the disk, what the
 * sync has no use for goes; what it received itself stays, so that the next one need not receive it again. Never rejects.
 */
export function unwantedParts(
  { config }: Pick<NodeServices, 'config'>,
  transfers: Pick<Transfers, 'dropParts'>,
  log: TaggedLog,
): DropUnwantedParts {
  const directory = incomingDirectory(config.home, config.nodeName);
  return async (received = new Set()) => {
    const wanted = new Set([...received].map(partOf));
    try {
      const { length } = await transfers.dropParts(directory, (path) => wanted.has(path));
      if (length > 0) log.info(`The disk is full: ${length} parts of earlier syncs were removed.`);
    } catch (error) {
      log.warning('The disk is full, and parts of earlier syncs could not be removed', { error });
    }
  };
}
