import { type IState, render } from 'state-machine-cat';
import { onWhite, roomy } from '../diagrams/svg.ts';

/** An actor, what it is, and who lives below it. */
interface Actor {
  readonly name: string;
  readonly label: string;
  readonly about: readonly string[];
  readonly children?: readonly Actor[];
}

const keepalives = (side: string): Actor[] => [
  { name: `${side}.sender`, label: 'keepalive-sender', about: [] },
  { name: `${side}.monitor`, label: 'keepalive-monitor', about: [] },
];
const transfers = (side: string): Actor => ({
  name: `${side}.transfers`,
  label: 'transfers',
  about: ['file-receive and string-receive,', 'one for each transfer'],
});
const spoolSweep = (side: string): Actor => ({
  name: `${side}.sweep`,
  label: 'spoolSweep: periodic',
  about: ['what peers left in the spool'],
});
const localSocket = (side: string): Actor => ({
  name: `${side}.local`,
  label: 'localClients, localListener',
  about: ['local-handler for each client,', 'local-request for each request'],
});

const requests = (side: string, withSendsync: boolean): Actor => ({
  name: `${side}.requests`,
  label: 'requests: supervisor, one_for_all',
  about: [
    'dapi-queue; dapi-request for each request,',
    'dapi-part for each node that it is for',
    ...(withSendsync ? ['sendsync-request for each message'] : []),
  ],
});

const master: Actor = {
  name: 'master',
  label: 'master: supervisor, rest_for_one',
  about: [],
  children: [
    { name: 'admission', label: 'admission', about: ['one live session a name'] },
    {
      name: 'connections',
      label: 'connections: dynamic supervisor',
      about: [],
      children: [
        {
          name: 'server',
          label: 'server-handler, one a connection',
          about: ['link: the connection itself'],
          children: [
            ...keepalives('server'),
            transfers('server'),
            {
              name: 'integrity',
              label: 'integrity-server',
              about: [],
              children: [
                { name: 'permission', label: 'integrity-permission', about: ['the lock'] },
                { name: 'limit', label: 'package-limit', about: [] },
                { name: 'serve', label: 'integrity-serve', about: ['file-send for each file'] },
              ],
            },
          ],
        },
      ],
    },
    { name: 'localIntegrity', label: 'localIntegrity: periodic', about: ['local-integrity each round'] },
    spoolSweep('master'),
    requests('master', true),
    localSocket('master'),
    { name: 'listener', label: 'listener', about: ['the port; starts last'] },
  ],
};

const worker: Actor = {
  name: 'worker',
  label: 'worker: supervisor, one_for_one',
  about: [],
  children: [
    spoolSweep('worker'),
    requests('worker', false),
    localSocket('worker'),
    {
      name: 'connector',
      label: 'connector',
      about: [],
      children: [
        {
          name: 'client',
          label: 'client-handler, one at a time',
          about: ['link: the connection itself'],
          children: [
            ...keepalives('client'),
            transfers('client'),
            {
              name: 'integrity',
              label: 'integrity: periodic',
              about: ['integrity-check each round,', 'with file-send and integrity-apply'],
            },
          ],
        },
      ],
    },
  ],
};

/** Who is whose child on both sides of a cluster: the picture of docs/architecture.md. */
export async function actorsPicture(): Promise<string> {
  const model = {
    states: [master, worker].map(boxOf),
    transitions: [{ id: 1, from: 'client', to: 'server', label: roomy('frames over TLS') }],
  };
  const svg = await render(model, { inputType: 'json', outputType: 'svg', direction: 'left-right' });
  return onWhite(svg);
}

function boxOf({ name, label, about, children }: Actor): IState {
  return {
    name,
    label: roomy(label),
    type: 'regular',
    typeExplicitlySet: true,
    ...(about.length > 0 && {
      actions: about.map((body) => ({ type: 'activity' as const, body: roomy(body) })),
    }),
    ...(children && { statemachine: { states: children.map(boxOf) } }),
  };
}
