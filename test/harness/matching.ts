import fc from 'fast-check';

const LOOKAHEAD = /\(\?!(?:[^()\\]|\\.)*\)/g;

/** Texts of a pattern. fast-check makes none of a negative lookahead: what that excludes is filtered out. */
export function matching(
  pattern: RegExp,
  constraints: fc.StringMatchingConstraints = {},
): fc.Arbitrary<string> {
  const wide = new RegExp(pattern.source.replace(LOOKAHEAD, ''), pattern.flags);
  return fc.stringMatching(wide, constraints).filter((text) => pattern.test(text));
}
