import { XMLValidator } from 'fast-xml-parser';

/** Text that the original's readers take for XML, as XML that every reader takes: within one root, strays escaped. */
export function wrapLooseXml(text: string, root: string): string {
  return `<${root}>${escapeStrays(text.replace(/^\s*<\?xml[^>]*\?>/, ''))}</${root}>`;
}

/** Why a text is no well-formed XML, with the line; null if it is. */
export function complaintAbout(xml: string): string | null {
  const verdict = XMLValidator.validate(xml);
  return verdict === true ? null : `line ${verdict.err.line}: ${verdict.err.msg}`;
}

/** The same for what the original's readers take: any number of roots, and strays. */
export const complaintAboutLooseXml = (text: string) => complaintAbout(wrapLooseXml(text, 'several'));

/** What may be a stray, and where what is none begins. */
const MARKS = /<!--|<!\[CDATA\[|\\<|\\>|<(?![A-Za-z_/!?])|&(?!(?:[a-z]+|#\d+|#x[\dA-Fa-f]+);)/g;
const STRAYS: Record<string, string> = { '\\<': '\\&lt;', '\\>': '\\&gt;', '<': '&lt;', '&': '&amp;' };
const ENDS: Record<string, string> = { '<!--': '-->', '<![CDATA[': ']]>' };

/**
 * The original's files are not quite XML: its own readers take `\<`, a lone `<` or `&` in a command or an expression as text.
 * What can not begin an element, a comment or an entity is therefore written as an entity. Comments go, but not their line ends, so that errors name the right line.
 */
function escapeStrays(text: string): string {
  const parts: string[] = [];
  /** Beginnings whose end stands nowhere further on: it is looked for once, and not from each of them. */
  const endless = new Set<string>();
  let done = 0;
  MARKS.lastIndex = 0;
  for (let found = MARKS.exec(text); found !== null; found = MARKS.exec(text)) {
    const [mark] = found;
    const end = ENDS[mark];
    if (end === undefined) {
      parts.push(text.slice(done, found.index), STRAYS[mark] ?? mark);
      done = MARKS.lastIndex;
      continue;
    }
    const endsAt = endless.has(mark) ? -1 : text.indexOf(end, MARKS.lastIndex);
    if (endsAt < 0) {
      endless.add(mark);
      continue;
    }
    MARKS.lastIndex = endsAt + end.length;
    parts.push(text.slice(done, found.index));
    const whole = text.slice(found.index, MARKS.lastIndex);
    parts.push(mark === '<!--' ? whole.replace(/[^\n]/g, '') : whole);
    done = MARKS.lastIndex;
  }
  parts.push(text.slice(done));
  return parts.join('');
}
