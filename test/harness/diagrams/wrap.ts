/** A delay and its name stay together. */
const BREAK = /(?<!after) /;

/** Breaks a text at spaces, so that no line is longer than this where that is possible; further lines are indented. */
export function wrap(text: string, maxChars: number, indent = '  '): string[] {
  const lines: string[] = [];
  for (const word of text.split(BREAK)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= maxChars)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(last === undefined ? word : `${indent}${word}`);
  }
  return lines;
}
