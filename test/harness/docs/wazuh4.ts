import type { Receiver } from '../../../src/protocol/commands.ts';
import { wazuh4ClusterCommands } from '../../../src/protocol/dialects/wazuh4/commands/cluster.ts';
import { wazuh4LocalCommands } from '../../../src/protocol/dialects/wazuh4/commands/local.ts';
import type { Wazuh4Row } from '../../../src/protocol/dialects/wazuh4/commands/row.ts';
import { callables } from '../../../src/requests/wazuh4/callables.ts';

const receiverWords: Readonly<Record<Receiver, string>> = {
  master: 'master',
  worker: 'worker',
  'local-master': 'socket of the master',
  'local-worker': 'socket of a worker',
  'local-client': 'client of a socket',
};

/** The commands of the dialect wazuh4 as Markdown: between nodes, and on local sockets. */
export function describeWazuh4Commands(): string {
  return [
    ['Between nodes', tableOf(wazuh4ClusterCommands, ['master', 'worker'])],
    ['On a local socket', tableOf(wazuh4LocalCommands, ['local-master', 'local-worker', 'local-client'])],
  ]
    .map(([title, table]) => `### ${title}\n\n${table}`)
    .join('\n\n');
}

/** The functions of the original that nodes answer, and ask of each other. */
export function describeWazuh4Functions(): string {
  const rows = callables.map(({ module, qualname, method, actions, kwargsOf }) => [
    `\`${module}.${qualname}\``,
    `\`${method}\``,
    actions.map((action) => `\`${action}\``).join(', '),
    kwargsOf === undefined ? 'no' : 'yes',
  ]);
  const head = [
    ['Function', 'Method', 'What whoever asks must be allowed', 'Asked by Muster'],
    ['---', '---', '---', '---'],
  ];
  return [...head, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Rows that stand in both tables name the ends of both. */
function tableOf(commands: object, ends: readonly Receiver[]): string {
  const rows = Object.entries(commands as Record<string, Wazuh4Row>).map(
    ([command, { receivers, args, reply, success }]) => [
      `\`${command}\``,
      ends
        .filter((end) => receivers.includes(end))
        .map((end) => receiverWords[end])
        .join(', '),
      formOf(args.form),
      `\`${success.trim()}\` ${formOf(reply.form)}`.trim(),
    ],
  );
  const lines = [['Command', 'Received by', 'Payload', 'Reply'], ['---', '---', '---', '---'], ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Fields in angle brackets would be taken for HTML. */
const formOf = (form: string) => form.replaceAll('<', '&lt;');
