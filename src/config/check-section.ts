import { isIP } from 'node:net';
import { NODE_NAME } from '../protocol/commands/shapes.ts';
import { MusterError } from '../protocol/errors.ts';
import type { NodeRole } from './node-config.ts';
import type { RawClusterSection } from './ossec-conf.ts';
import {
  CLUSTER_KEY,
  CLUSTER_NAME,
  type ClusterSection,
  clusterSectionSchema,
  PORT_ABOVE,
  PORT_BELOW,
  RESERVED_ADDRESSES,
} from './schema/cluster-section.ts';
import { settingDocs } from './schema/setting.ts';

/** The checked `<cluster>` section. */
export interface CheckedSection {
  clusterName: string;
  nodeName: string;
  role: NodeRole;
  key: string;
  port: number;
  bindAddress: string;
  nodes: string[];
  hidden: boolean;
  disabled: boolean;
  warnings: string[];
}

const NO_SECTION =
  'there is no <cluster> section; `muster init` writes one. Existing installations take that for a disabled cluster; here a node that is to stay out says so: <cluster><disabled>yes</disabled></cluster>';

const HOST_NAME = /^(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})(\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62})*\.?$/;

/**
 * Fills the defaults in and checks the values, in the order of existing installations: port and `disabled` when the
 * file is read, and only if the cluster is on: key, type, range of the port, addresses; then what Muster adds (names,
 * form of the addresses). Throws 3004 with file, key, found value and what is allowed. `null` (no section) is an error
 * too: who starts a node without one has forgotten it, and who wants none says `disabled`.
 */
export function checkSection(raw: RawClusterSection | null, path: string): CheckedSection {
  if (raw === null) throw new MusterError(3004, `${path}: ${NO_SECTION}`);
  const texts = clusterSectionSchema.parse({
    ...raw.values,
    ...(raw.nodes === undefined ? {} : { nodes: raw.nodes }),
  });
  const check = new Checker(path, texts);
  if (!/^[0-9]+$/.test(texts.port)) check.refuse('port');
  if (!isYesOrNo(texts.disabled)) check.refuse('disabled');
  const disabled = texts.disabled === 'yes';
  const warnings = [...raw.warnings];
  if (!disabled) {
    checkKey(check);
    if (!['master', 'worker', 'client'].includes(texts.node_type)) check.refuse('node_type');
    const port = Number(texts.port);
    if (!(port > PORT_ABOVE && port < PORT_BELOW)) check.refuse('port');
    warnings.push(...checkNodes(check));
    if (!CLUSTER_NAME.test(texts.name)) check.refuse('name');
    if (!NODE_NAME.test(texts.node_name)) check.refuse('node_name');
    checkHost(check, 'bind_addr', texts.bind_addr);
  }
  return { ...values(texts, disabled), warnings: [...warnings, ...remarks(raw, texts, path)] };
}

/** Makes errors that name file, key, found value and what is allowed. */
class Checker {
  readonly path: string;
  readonly texts: ClusterSection;

  constructor(path: string, texts: ClusterSection) {
    this.path = path;
    this.texts = texts;
  }

  refuse(key: keyof ClusterSection, found: string | readonly string[] = this.texts[key]): never {
    const allowed = settingDocs.get(clusterSectionSchema.shape[key])?.allowed;
    const shown = [found].flat().join("', '");
    throw new MusterError(3004, `${this.path}: <${key}> is '${shown}'; allowed: ${allowed}`);
  }

  refuseWords(words: string): never {
    throw new MusterError(3004, `${this.path}: ${words}`);
  }
}

/** The key is a secret, so a wrong one is described, never shown. */
function checkKey(check: Checker): void {
  const { key } = check.texts;
  if (key === '') check.refuseWords('<key> is absent or empty; allowed: exactly 32 of `A-Z a-z 0-9 _`');
  if (CLUSTER_KEY.test(key)) return;
  const wrong = key.length === 32 ? 'other characters among them' : `${key.length} characters`;
  check.refuseWords(`<key> has ${wrong}; allowed: exactly 32 of \`A-Z a-z 0-9 _\``);
}

function checkNodes(check: Checker): string[] {
  const { nodes } = check.texts;
  const reserved = nodes.filter((node) => RESERVED_ADDRESSES.includes(node));
  if (reserved.length > 0) check.refuse('nodes', reserved);
  for (const node of nodes) checkHost(check, 'nodes', node);
  if (nodes.length <= 1) return [];
  return [
    `${check.path}: <nodes> has ${nodes.length} entries, but only the master belongs there; ${nodes[0]} is taken as the master`,
  ];
}

function checkHost(check: Checker, key: 'nodes' | 'bind_addr', host: string): void {
  if (isIP(host) === 0 && !HOST_NAME.test(host)) check.refuse(key, host);
}

const isYesOrNo = (text: string) => text === 'yes' || text === 'no';

function values(texts: ClusterSection, disabled: boolean): Omit<CheckedSection, 'warnings'> {
  return {
    clusterName: texts.name,
    nodeName: texts.node_name,
    role: texts.node_type === 'master' ? 'master' : 'worker',
    key: texts.key,
    port: Number(texts.port),
    bindAddress: texts.bind_addr,
    nodes: texts.nodes,
    hidden: texts.hidden === 'yes',
    disabled,
  };
}

/** What is understood although it is old or unknown. */
function remarks(raw: RawClusterSection, texts: ClusterSection, path: string): string[] {
  const found: string[] = [];
  if (texts.node_type === 'client') {
    found.push(`${path}: <node_type> is 'client', an old word; it is read as 'worker'`);
  }
  if (!isYesOrNo(texts.hidden)) {
    found.push(`${path}: <hidden> is '${texts.hidden}'; allowed: \`yes\` or \`no\`; it is read as 'no'`);
  }
  if (raw.values.disabled === undefined) {
    found.push(
      `${path}: <cluster> has no <disabled>; the cluster is on, but other programs may disagree, so write it`,
    );
  }
  for (const name of Object.keys(raw.values)) {
    if (!(name in clusterSectionSchema.shape))
      found.push(`${path}: <cluster> has an unknown <${name}>; ignored`);
  }
  return found;
}
