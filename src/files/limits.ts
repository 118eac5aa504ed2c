/** Files at least this big travel alone, in pieces; smaller ones travel in packages. */
export const LARGE_FILE_BYTES = 1_048_576;
/** Content of one package before compression; a package is held in memory by the thread that works on it. */
export const PACKAGE_CONTENT_BYTES = 8_388_608;
/** Files of one package. */
export const PACKAGE_FILES = 4096;
/** A package as it arrives: its content, the list of its files, and what ZIP adds. */
export const MAX_PACKAGE_BYTES = 33_554_432;
/** Content of a package after inflation. */
export const MAX_CONTENT_BYTES = PACKAGE_CONTENT_BYTES + LARGE_FILE_BYTES;
/** A list of files (metadata of a worker, manifest of a sync) as it arrives. */
export const MAX_METADATA_BYTES = 67_108_864;
/** Files of one set. */
export const MAX_SET_FILES = 131_072;
/** What the rounds of all workers together may hold; one that has no room any more is refused, and comes again. */
export const MAX_ROUNDS_BYTES = 536_870_912;
/** Heap of a thread that works on files: its own set, the list that it reads, and the rounds have room there. */
export const MAX_THREAD_HEAP_BYTES = 2_147_483_648;
/** What is reckoned for a file that only the worker has, beside its texts; measured. */
export const EXTRA_FILE_BYTES = 512;
/** What is reckoned for a file that a worker lacks: the texts are those of the master's set; measured. */
export const NEEDED_FILE_BYTES = 160;
/** The journal of a sync: a path, a digest and little more for each file. */
export const MAX_JOURNAL_BYTES = 134_217_728;
/** A merged file; it is held in memory while it is taken apart. */
export const MAX_MERGED_BYTES = 33_554_432;
/** Parts of one merged file. */
export const MAX_MERGED_PARTS = 65_536;
/** Packages that are kept for workers that ask for the same files later. */
export const MAX_CACHED_PACKAGES_BYTES = 268_435_456;
/** And their number. */
export const MAX_CACHED_PACKAGES = 1024;
/** Longest name that a file system takes. */
export const MAX_NAME_BYTES = 255;
/** Longest path below a home. */
export const MAX_PATH_BYTES = 4095 - 512;
/** Times that a file is read because it changed while it was read. */
export const MAX_READ_TRIES = 3;
/** Times that a step of a journal is tried before it is reported as a problem. */
export const MAX_APPLY_TRIES = 3;
/** Files of one task of the pool: enough that the message does not matter, few enough that both threads have work. */
export const BATCH_FILES = 512;
/** Bytes of one task of the pool. */
export const BATCH_BYTES = 33_554_432;
/** Directories within each other that a scan follows, and that a path of a peer may have. */
export const MAX_DIRECTORY_LEVELS = 64;
/** Directories that are watched at once; what lies beyond is found by the periodic scan. */
export const MAX_WATCHED_DIRECTORIES = 8192;
