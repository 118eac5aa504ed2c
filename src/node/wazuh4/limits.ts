/**
 * Largest file that a master takes from a worker of Wazuh 4.x, which does not say how large it is: two fit what files of
 * one worker may take. Its list of as many files as a set may have is compressed to less.
 */
export const MAX_WORKER_FILE_BYTES = 33_554_432;
