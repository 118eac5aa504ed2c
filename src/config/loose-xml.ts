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

/**
 * The original's files are not quite XML: its own readers take `\<`, a lone `<` or `&` in a command or an expression as text.
 * What can not begin an element, a comment or an entity is therefore written as an entity. Comments go, but not their line ends, so that errors name the right line.
 */
function escapeStrays(text: string): string {
  return text.replace(
    /<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>|\\<|\\>|<(?![A-Za-z_/!?])|&(?!(?:[a-z]+|#\d+|#x[\dA-Fa-f]+);)/g,
    (found) => STRAYS[found] ?? (found.startsWith('<!--') ? found.replace(/[^\n]/g, '') : found),
  );
}

const STRAYS: Record<string, string> = { '\\<': '\\&lt;', '\\>': '\\&gt;', '<': '&lt;', '&': '&amp;' };
