import { z } from 'zod';
import { documented } from './setting.ts';

/** The key is used as it stands by existing installations, so its form is theirs; ASCII only. */
export const CLUSTER_KEY = /^[A-Za-z0-9_]{32}$/;
export const CLUSTER_KEY_ALLOWED = 'exactly 32 of `A-Z a-z 0-9 _`';

/** A node's name becomes a directory and stands in every log line; the rule is the protocol's. */
export const NODE_NAME_ALLOWED =
  '1 to 128 of `A-Z a-z 0-9 . _ -`, of which the first is a letter or a digit; not `c-internal.sock`';

/** What the other daemons of an existing installation take as the name of a cluster. */
export const CLUSTER_NAME = /^[A-Za-z0-9!"#$%&'.:<=>?[\]^_{|}~-]{1,128}$/;
export const CLUSTER_NAME_ALLOWED =
  '1 to 128 letters, digits and any of `` ! " # $ % & \' - . : < = > ? [ ] ^ _ { | } ~ ``';

/** Both bounds are outside: ports below are privileged or reserved. */
export const PORT_ABOVE = 1024;
export const PORT_BELOW = 65_535;

/** Addresses that can not be reached from another node, or that nobody has filled in. */
export const RESERVED_ADDRESSES: readonly string[] = ['localhost', 'NODE_IP', '0.0.0.0', '127.0.1.1'];

/**
 * The `<cluster>` section of etc/ossec.conf, as texts. The order of the checks is that of existing installations and
 * stands in check-section.ts; here are the names, the defaults and the documentation.
 */
export const clusterSectionSchema = z.object({
  name: documented(z.string().default('wazuh'), {
    about:
      'Name of the cluster. A worker whose cluster has another name is refused, so two clusters can not mix by mistake.',
    allowed: CLUSTER_NAME_ALLOWED,
    default: 'wazuh',
  }),
  node_name: documented(z.string().default('node01'), {
    about:
      'Name of this node, its own in the cluster. A second node of the same name replaces the first or is refused.',
    allowed: NODE_NAME_ALLOWED,
    default: 'node01',
  }),
  node_type: documented(z.string().default('master'), {
    about:
      'What this node is. One master a cluster; any number of workers. `client` is an old word for `worker` and still understood.',
    allowed: '`master` or `worker`',
    default: 'master',
  }),
  key: documented(z.string().default(''), {
    about: 'The secret that all nodes of the cluster share. `muster init` makes one.',
    allowed: CLUSTER_KEY_ALLOWED,
    default: 'none: must be given',
  }),
  port: documented(z.string().default('1516'), {
    about: 'Port on which the master listens, and to which a worker connects.',
    allowed: `a whole number above ${PORT_ABOVE} and below ${PORT_BELOW}`,
    default: '1516',
  }),
  bind_addr: documented(z.string().default('0.0.0.0'), {
    about: 'Address on which the master listens. Workers do not use it.',
    allowed: 'an address of this machine, or `0.0.0.0` for all of them',
    default: '0.0.0.0',
  }),
  nodes: documented(z.array(z.string()).default(['NODE_IP']), {
    about:
      'Address of the master, in one `<node>`. If there are more, the first counts and the others are warned about.',
    allowed: `a host name or an address without a port, none of ${RESERVED_ADDRESSES.map((a) => `\`${a}\``).join(', ')}`,
    default: 'none: must be given',
  }),
  hidden: documented(z.string().default('no'), {
    about: 'Whether alerts leave out which node they come from. The cluster itself only reports it.',
    allowed: '`yes` or `no`',
    default: 'no',
  }),
  disabled: documented(z.string().default('no'), {
    about:
      'Whether the cluster is off. With `yes` a node ends at once with exit code 0. Always write it: programs disagree about its absence.',
    allowed: '`yes` or `no`',
    default: 'no',
  }),
});

export type ClusterSection = z.output<typeof clusterSectionSchema>;
