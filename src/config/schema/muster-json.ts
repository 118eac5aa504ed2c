import { z } from 'zod';
import { NODE_NAME } from '../../protocol/commands/shapes.ts';
import { CLUSTER_KEY, CLUSTER_KEY_ALLOWED } from './cluster-section.ts';
import { documented, flag, seconds, whole } from './setting.ts';

/** Keys that are accepted beside the one in use: a rotation needs one, a careless one two. */
export const MAX_ACCEPTED_KEYS = 8;
/** Proxies of the HTTP API, or networks of them, that are trusted. */
export const MAX_TRUSTED_PROXIES = 64;

const path = (about: string, fallback: string) =>
  documented(z.string().min(1).max(4096).default(fallback), {
    about,
    allowed: 'a path, absolute or below the home',
    default: `"${fallback}"`,
  });

/** An address or a network; that of all addresses is refused, because then nobody's address would be known. */
const proxy = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]).refine((text) => !text.endsWith('/0'));

/** etc/muster.json: what only Muster knows. Optional; unknown keys are errors, since nobody else writes it. */
export const musterJsonSchema = z.strictObject({
  cluster: z
    .strictObject({
      dialect: documented(z.enum(['auto', 'muster', 'wazuh4']).default('auto'), {
        about:
          'What the node speaks with other nodes: `muster` is its own protocol, `wazuh4` that of Wazuh 4.x, whose security is weaker (docs/compatibility.md). With `auto` a master serves workers of both kinds on one port, and a worker tries its own and then, as long as its master has never answered to that, the other; with `security.transport` `certificate`, `auto` is `muster`. The local socket serves programs of both kinds, whatever this is.',
        allowed: '`"auto"`, `"muster"` or `"wazuh4"`',
        default: '"auto"',
      }),
      compatible_version: documented(
        z
          .string()
          .regex(/^4\.\d{1,4}\.\d{1,4}$/)
          .nullable()
          .default(null),
        {
          about:
            'The version of Wazuh that nodes of 4.x are told, and have to have: they join nodes of the same version only. `null`: that of the installation in this home (its framework, or `bin/wazuh-control`), or else 4.7.5, the one that was tried; of any other than 4.7 a start warns.',
          allowed: '`null`, or a version of 4.x such as `"4.7.5"`',
          default: 'null',
        },
      ),
    })
    .prefault({}),
  security: z
    .strictObject({
      transport: documented(z.enum(['psk', 'certificate', 'none']).default('psk'), {
        about:
          'How nodes trust each other: `psk` is TLS with a key derived from the cluster key, `certificate` is TLS 1.3 with certificates on both sides, `none` is neither, and allowed on loopback only unless the node is started with `--insecure`. The same on all nodes.',
        allowed: '`"psk"`, `"certificate"` or `"none"`',
        default: '"psk"',
      }),
      accepted_keys: documented(z.array(z.string().regex(CLUSTER_KEY)).max(MAX_ACCEPTED_KEYS).default([]), {
        about:
          'Cluster keys that are accepted beside `<key>`. To rotate without stopping the cluster, one node after the other each time: add the new key here on all nodes; then make it `<key>` on all nodes, with the old one here; then remove the old one. `muster key` does that, and a running node takes it up at once, as it does after SIGHUP.',
        allowed: `at most ${MAX_ACCEPTED_KEYS} keys of ${CLUSTER_KEY_ALLOWED}`,
        default: '[]',
      }),
      certificate: path(
        'Certificate of this node in PEM; its common name is the node’s name. Only with `"certificate"`.',
        'etc/muster.crt',
      ),
      private_key: path(
        'Private key that belongs to the certificate. Only with `"certificate"`.',
        'etc/muster.key',
      ),
      authority: path(
        'Certificates of the authorities that peers are checked against. Only with `"certificate"`.',
        'etc/muster-ca.crt',
      ),
      master_name: documented(z.string().regex(NODE_NAME).nullable().default(null), {
        about:
          'Node name of the master, which must be the common name in its certificate: without it, every node that has a certificate could play the master. Needed on a worker with `"certificate"`, and not used otherwise.',
        allowed: '`null`, or the `node_name` of the master',
        default: 'null',
      }),
    })
    .prefault({}),
  push: z
    .strictObject({
      enabled: flag({
        default: true,
        about: 'Whether the master tells its workers at once when its files have changed.',
        raise: 'Set it to `false` and workers find changes by `worker.sync_integrity` alone',
        lower: '',
      }),
      watch: flag({
        default: true,
        about: 'Whether the master lets the operating system tell it of changed files.',
        raise: 'Set it to `false` and changes are found by `master.recalculate_integrity` alone',
        lower: '',
      }),
      debounce: seconds({
        default: 0.05,
        min: 0,
        max: 60,
        about: 'How long the master waits after a change for more of them before it scans.',
        raise: 'and many changes in a row cost fewer scans and syncs',
        lower: 'and single changes arrive sooner',
      }),
    })
    .prefault({}),
  connection: z
    .strictObject({
      handshake_timeout: seconds({
        default: 5,
        max: 60,
        about:
          'Time within which a worker must have reached its master, and a peer of the master must have said a `hello` that is accepted, counted from its connection. The TLS handshake among it has 5 seconds at most.',
        raise: 'and slow networks get through',
        lower: 'and strangers hold a place for a shorter time',
      }),
      max_connections: whole('workers', {
        default: 1024,
        min: 1,
        max: 65_535,
        about:
          'Workers that a master holds at once; more are refused. Connections that are not accepted yet are bounded apart from it.',
        raise: 'and more workers fit, each with the memory that docs/limits.md adds up',
        lower: 'and less memory can be taken by them together',
      }),
    })
    .prefault({}),
  agents: z
    .strictObject({
      store: documented(z.enum(['auto', 'embedded', 'wazuh-db']).default('auto'), {
        about:
          'Who keeps the agents. `embedded`: this node, in `queue/db/global.db`, served at `queue/db/wdb`. `wazuh-db`: the daemon that serves that socket; while it does not, which is told once, syncs of agents fail and are tried again. `auto`: a wazuh-db that serves it when the node starts, and otherwise the node itself; a wazuh-db that is started later and takes the socket is noticed within seconds, and used from then on. Where a wazuh-db belongs to the installation say so, because until then both write into one database.',
        allowed: '`"auto"`, `"embedded"` or `"wazuh-db"`',
        default: '"auto"',
      }),
      registration: documented(z.enum(['auto', 'embedded', 'authd']).default('auto'), {
        about:
          'Who registers agents, and so keeps `etc/client.keys`. `embedded`: this node, at `queue/sockets/auth`; a worker passes on to its master what it is asked there. `authd`: the daemon that serves that socket; while it does not, nobody can be registered. `auto`: whoever serves it when the node starts, an authd that hangs too, and otherwise the node itself; an authd that is started later and takes the socket is noticed within seconds, and used from then on. Where an authd belongs to the installation say so, because until then both write into one file, and it keeps in memory what it has read of it.',
        allowed: '`"auto"`, `"embedded"` or `"authd"`',
        default: '"auto"',
      }),
    })
    .prefault({}),
  api: z
    .strictObject({
      bind_address: documented(z.string().min(1).max(255).default('127.0.0.1'), {
        about:
          'Address on which `muster api` listens. Any other than one of loopback needs a certificate, or `--insecure`.',
        allowed: 'an address of this machine, or `"0.0.0.0"` or `"::"` for all of them',
        default: '"127.0.0.1"',
      }),
      port: whole('—', {
        default: 55_000,
        min: 0,
        max: 65_535,
        about: 'TCP port of the HTTP API; 0 lets the system choose one, which the log then tells.',
        raise: '',
        lower: '',
      }),
      certificate: documented(z.string().min(1).max(4096).nullable().default(null), {
        about:
          'Certificate of the HTTP API in PEM, with those above it. With it, HTTPS is spoken and nothing else.',
        allowed: '`null`, or a path, absolute or below the home',
        default: 'null',
      }),
      private_key: documented(z.string().min(1).max(4096).nullable().default(null), {
        about: 'Private key that belongs to `api.certificate`.',
        allowed: '`null`, or a path, absolute or below the home',
        default: 'null',
      }),
      trusted_proxies: documented(z.array(proxy).max(MAX_TRUSTED_PROXIES).default([]), {
        about:
          'Proxies in front of the API, which tell it by `X-Forwarded-For` where a request comes from: the rightmost address there that is none of them counts. Without the proxy here, all who come through it are one address: one of them who guesses passwords locks all of them out, and the log names the proxy. With an address here that is no proxy of yours, whoever has it chooses the address that counts, and guesses as often as they like.',
        allowed: `at most ${MAX_TRUSTED_PROXIES} addresses such as \`"10.0.0.1"\`, or networks such as \`"10.0.0.0/28"\``,
        default: '[]',
      }),
      token_lifetime: seconds({
        default: 900,
        min: 1,
        max: 86_400,
        about: 'How long a token is good after a log-in.',
        raise: 'and programs log in less often',
        lower: 'and a token that is stolen is of use for a shorter time',
      }),
      max_login_attempts: whole('log-ins', {
        default: 10,
        min: 1,
        max: 10_000,
        about: 'Failed log-ins from one address after which it is locked out.',
        raise: 'and people who mistype are locked out less often',
        lower: 'and guessing takes longer',
      }),
      block_time: seconds({
        default: 300,
        min: 1,
        max: 86_400,
        about: 'How long an address is locked out; failed log-ins that are longer ago do not count.',
        raise: 'and guessing takes longer',
        lower: 'and people who mistype get in sooner',
      }),
    })
    .prefault({}),
  log: z
    .strictObject({
      rotate: flag({
        default: true,
        about:
          'Whether `logs/cluster.log` is put away as `logs/cluster/<year>/<month>/cluster.log-<day>.gz` when the day changes. With `false` leave it to a tool such as logrotate, which sends SIGHUP to have the file opened anew.',
        raise: 'Set it to `false` and the file grows until somebody else moves it',
        lower: '',
      }),
    })
    .prefault({}),
});

export type MusterJson = z.output<typeof musterJsonSchema>;
