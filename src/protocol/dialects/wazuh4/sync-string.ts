import { z } from 'zod';
import { json } from './codec.ts';

/** What a string of agent data asks for; the originals run whatever command it names, we only one of these. */
export const SYNC_COMMANDS = ['global sync-agent-info-set', 'global set-agent-groups'] as const;

/**
 * The long string that `syn_a_w_m`, `syn_g_m_w` and `syn_g_m_w_c` refer to: what the receiver is to tell its agent store,
 * chunk by chunk. Chunks are JSON as text, as the store of the sender gave them. The payload of agent-groups has the
 * mode and the state in which they are stored, that of agent-info is empty.
 */
export const syncString = json(
  'agent data',
  z.object({
    set_data_command: z.enum(SYNC_COMMANDS),
    payload: z.record(z.string(), z.string()),
    chunks: z.array(z.string()),
  }),
);
