/**
 * Who registers agents, in the words of authd's local protocol: `{"function":"add","arguments":{"name":"web-01","ip":"any"}}`.
 *
 * Three implementations, one compliance suite: a client of an existing authd, an embedded one that keeps
 * `etc/client.keys`, and that of a worker, which forwards to its master.
 */
export interface Registration {
  /**
   * The answer to one message, unchanged. One that tells an error (`{"error":9008,"message":"Duplicate name"}`) is an
   * answer like others. Whether a message was carried out that has no answer, nobody knows.
   *
   * Rejects with MusterError: 1013 nobody serves the socket, 1014 the daemon broke off, 1121 it refuses, 3110 too many
   * messages wait, 3120 given up by `signal`, 3125 it is closed, 3212 no answer in time, 3213 an answer that cannot be used,
   * 3214 a message that is too long. What a worker forwards may fail with any code of its connection, 3023 among them.
   */
  request(message: string, signal: AbortSignal): Promise<string>;

  /** Ends it: what is under way is carried out or fails, nothing more is taken. */
  close(): Promise<void>;
}
