import type { NodeRole } from '../config/node-config.ts';

interface SectionValues {
  cluster: string;
  name: string;
  role: NodeRole;
  key: string;
  port: string;
  bind: string;
  node: string;
}

/** An etc/ossec.conf with nothing but the `<cluster>` section. */
export function ossecConfText(values: SectionValues): string {
  return `<ossec_config>
  <cluster>
    <name>${escapeXml(values.cluster)}</name>
    <node_name>${escapeXml(values.name)}</node_name>
    <node_type>${values.role}</node_type>
    <key>${escapeXml(values.key)}</key>
    <port>${escapeXml(values.port)}</port>
    <bind_addr>${escapeXml(values.bind)}</bind_addr>
    <nodes>
      <node>${escapeXml(values.node)}</node>
    </nodes>
    <hidden>no</hidden>
    <disabled>no</disabled>
  </cluster>
</ossec_config>
`;
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

function escapeXml(text: string): string {
  return text.replace(/[&<>]/g, (found) => ENTITIES[found] ?? found);
}
