/** `key:value`; either may stand in double quotes if it holds a colon. */
const LIST_LINE = /^(?:"[^"]*"|[^":]+):(?:"[^"]*"|[^":]*)$/;

/** Why a text is no list of `key:value`, with the line; null if it is. */
export function complaintAboutList(text: string): string | null {
  let line = 1;
  for (let from = 0; from <= text.length; line += 1) {
    const end = text.indexOf('\n', from);
    const entry = text.slice(from, end < 0 ? text.length : end);
    if (entry.trim() !== '' && !LIST_LINE.test(entry.trimEnd())) return `line ${line}`;
    from = end < 0 ? text.length + 1 : end + 1;
  }
  return null;
}
