import type { Target } from './target.ts';
import { agentChunksTarget } from './targets/agent-chunks.ts';
import { configTarget } from './targets/config.ts';
import { decoderTarget, wazuh4DecoderTarget } from './targets/decoder.ts';
import { journalTarget } from './targets/journal.ts';
import { messagesTarget } from './targets/messages.ts';
import { packageTarget } from './targets/package.ts';
import { wazuh4MessagesTarget, wazuh4TokensTarget } from './targets/wazuh4.ts';
import { wazuh4PackageTarget } from './targets/wazuh4-package.ts';

/** Everything that reads what others wrote. */
export const targets: readonly Target[] = [
  decoderTarget,
  messagesTarget,
  packageTarget,
  journalTarget,
  configTarget,
  wazuh4DecoderTarget,
  wazuh4TokensTarget,
  wazuh4MessagesTarget,
  wazuh4PackageTarget,
  agentChunksTarget,
];
