/** What files take on disk: a file costs its inode, however few bytes it has. */
export interface Amount {
  readonly files: number;
  readonly bytes: number;
}

export const NOTHING: Amount = { files: 0, bytes: 0 };

export const plus = (a: Amount, b: Amount): Amount => ({
  files: a.files + b.files,
  bytes: a.bytes + b.bytes,
});
export const minus = (a: Amount, b: Amount): Amount => ({
  files: a.files - b.files,
  bytes: a.bytes - b.bytes,
});

/** Whether `held` is more than is allowed, in files or in bytes. */
export const exceeds = (held: Amount, allowed: Amount): boolean =>
  held.files > allowed.files || held.bytes > allowed.bytes;

export const amountOf = (files: readonly { readonly sizeBytes: number }[]): Amount => ({
  files: files.length,
  bytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
});
