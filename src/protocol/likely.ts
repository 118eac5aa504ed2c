const COMPARE = 'compare cluster.dialect and security.transport in etc/muster.json of both';
const COMMAND_AT = 8;
/** In a frame of ours there is a dash behind. */
const WAZUH4_REPLY = /^(ok|err) /;

/** What people, scanners and nodes that are configured differently try on a port, by how it begins. */
const LIKELY: readonly (readonly [name: string, begins: (text: string) => boolean])[] = [
  ['HTTP', (text) => /^(GET|HEAD|POST|PUT|OPTIONS|CONNECT) /.test(text)],
  ['SSH', (text) => text.startsWith('SSH-')],
  [`TLS: ${COMPARE}`, (text) => text.startsWith('\x16\x03')],
  [
    'a node of Wazuh 4.x, which is not served where cluster.dialect in etc/muster.json is "muster"',
    (text) => text.startsWith('hello ', COMMAND_AT),
  ],
  [
    'the daemon of Wazuh 4.x, which understands its own tools only',
    (text) => WAZUH4_REPLY.test(text.slice(COMMAND_AT)),
  ],
  [`a node without security: ${COMPARE}`, (text) => text.startsWith('h', COMMAND_AT)],
];

/** `, but looks like HTTP`, for the end of an error; empty for what looks like nothing known. */
export function butLooksLike(head: Buffer): string {
  const text = head.toString('latin1');
  const [name] = LIKELY.find(([, begins]) => begins(text)) ?? [];
  return name === undefined ? '' : `, but looks like ${name}`;
}
