import type { AgentData, NewAgent } from '../../../src/agents/store.ts';

/** Some day in the past: stores leave out what was registered a moment ago. */
const REGISTERED_S = 1_700_000_000;
const KEY_HEX_DIGITS = 64;
const ID_DIGITS = 3;
const LABEL_VALUES = 40;

/** An agent as `etc/client.keys` has it. */
export const registered = (id: number): NewAgent => ({
  id,
  name: `agent-${id}.example.net`,
  registerIp: 'any',
  internalKey: id.toString(16).padStart(KEY_HEX_DIGITS, '0123456789abcdef'),
  dateAddS: REGISTERED_S,
});

/** The file that has these agents. */
export function clientKeys(agents: number): string {
  let text = '';
  for (let id = 1; id <= agents; id += 1) {
    const { name, registerIp, internalKey } = registered(id);
    text += `${String(id).padStart(ID_DIGITS, '0')} ${name} ${registerIp} ${internalKey}\n`;
  }
  return text;
}

/** What the daemon that serves agents writes to its node's store when an agent reports: some 900 bytes as they travel. */
export const reported = (id: number, nodeName: string, round: number): AgentData => ({
  id,
  connectionStatus: 'active',
  groupConfigStatus: 'synced',
  syncStatus: 'syncreq',
  columns: {
    os_name: 'Ubuntu',
    os_version: '22.04.3 LTS',
    os_major: '22',
    os_minor: '04',
    os_codename: 'Jammy Jellyfish',
    os_build: '5.15.0-91',
    os_platform: 'ubuntu',
    os_uname: `Linux |agent-${id} |5.15.0-91-generic |#101-Ubuntu SMP Tue Nov 14 13:30:08 UTC 2023 |x86_64`,
    os_arch: 'x86_64',
    version: 'Wazuh v4.7.5',
    config_sum: 'ab73af41699f13fdd81903b5f23d8d00',
    merged_sum: round.toString(16).padStart(32, '4a8724b20dee0124ff9656783c490c4e'),
    manager_host: `${nodeName}.example.net`,
    node_name: nodeName,
  },
  ip: `10.${(id >> 16) & 255}.${(id >> 8) & 255}.${id & 255}`,
  labels: {
    '"_node_name"': nodeName,
    environment: 'production',
    rack: `rack-${id % LABEL_VALUES}`,
  },
});
