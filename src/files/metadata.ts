/** What is known of one file of an integrity set. Specification: Integrity thread, stage 2. */
export interface FileMetadata {
  /** Modification time, seconds since the epoch with a fraction. For people: nothing is decided by it. */
  readonly mod_time: number;
  /** Directory of the configuration that the file belongs to: `etc/rules/`. */
  readonly cluster_item_key: string;
  /** Whether the file is a merged one (see merged.ts). */
  readonly merged: boolean;
  /** Only of merged files: what its parts are, and the path of the file. */
  readonly merge_type?: string;
  readonly merge_name?: string;
  /** BLAKE2b-512 of the content, 128 hex digits. */
  readonly hash: string;
  /** Bytes. */
  readonly size: number;
}

/** An integrity set: paths below the home, with `/`, to what is known of the files. */
export type FileSet = ReadonlyMap<string, FileMetadata>;
