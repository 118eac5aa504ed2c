/** What another thread gets of a message. Plain values are copied here: `structuredClone` takes long to begin. */
export function copyOfMessage(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return isCopied(value) ? value : structuredClone(value);
  if (Array.isArray(value)) return value.map(copyOfMessage);
  if (Object.getPrototypeOf(value) !== Object.prototype) return structuredClone(value);
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) copy[key] = copyOfMessage((value as Record<string, unknown>)[key]);
  return copy;
}

/** The others `structuredClone` refuses. */
const isCopied = (value: unknown) => typeof value !== 'function' && typeof value !== 'symbol';
