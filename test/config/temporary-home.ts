import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after } from 'node:test';

export const KEY = '0123456789abcdef0123456789abcdef';

/** A home with these files; removed after the tests of the file. */
export function temporaryHome(files: Record<string, string> = {}): string {
  const home = mkdtempSync(join(tmpdir(), 'muster-config-'));
  after(() => rmSync(home, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), content);
  }
  return home;
}

/** A `<cluster>` section that is right, with some elements replaced, or left out where they are null. */
export function ossecConf(change: Record<string, string | null> = {}): string {
  const elements: Record<string, string | null> = {
    name: 'wazuh',
    node_name: 'node1',
    node_type: 'worker',
    key: KEY,
    port: '1516',
    bind_addr: '0.0.0.0',
    nodes: '<node>10.0.0.1</node>',
    hidden: 'no',
    disabled: 'no',
    ...change,
  };
  const lines = Object.entries(elements).flatMap(([name, text]) =>
    text === null ? [] : [`    <${name}>${text}</${name}>`],
  );
  return `<ossec_config>\n  <cluster>\n${lines.join('\n')}\n  </cluster>\n</ossec_config>\n`;
}
