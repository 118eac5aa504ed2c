/** Agents and acts a second that the demonstration proposes. */
const COUNT = 10_000;
const RATE = 1_000;
const MAX_COLUMNS = 110;

/** How the command is called: from a checkout, or where it was installed. */
const COMMAND = import.meta.url.endsWith('.ts') ? 'npx muster' : 'muster';

/** The command that plays agents against these homes, to be typed: lines that a shell takes as one. */
export function simulateLines(homes: readonly string[]): string {
  const lines = [`  ${COMMAND} agents simulate --count ${COUNT} --rate ${RATE}`];
  for (const home of homes) {
    const words = ` --home ${home}`;
    const last = lines.at(-1) ?? '';
    if (last.length + words.length > MAX_COLUMNS) lines.push(`   ${words}`);
    else lines[lines.length - 1] = last + words;
  }
  return lines.join(' \\\n');
}
