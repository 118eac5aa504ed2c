/** Connections of one listener whose peers have not been admitted: in their handshake, or before an accepted `hello`. */
export const MAX_UNADMITTED = 256;
/** Of these, those of one address (of IPv6, one network of 64 bits). Further ones are dropped. */
export const MAX_UNADMITTED_PER_SOURCE = 64;
/** Largest ClientHello of TLS that is taken; those of nodes have some hundred bytes. */
export const MAX_CLIENT_HELLO_BYTES = 4_096;
/** Bytes that a peer may send before its TLS handshake is over; a chain of certificates has some thousand. */
export const MAX_HANDSHAKE_BYTES = 16_384;
/** How often it is looked at how far a handshake has come: most are over before. */
export const HANDSHAKE_CHECK_MS = 100;
/** Time for the TLS handshake, in milliseconds, on both sides. */
export const HANDSHAKE_TIMEOUT_MS = 5_000;
/** What one connection may have queued for writing before `write` says to wait. */
export const WRITE_HIGH_WATER_BYTES = 1_048_576;
/** Connections that the operating system may keep waiting until we accept them. */
export const LISTEN_BACKLOG = 511;
/** Pause before another try to connect to a Unix socket in whose queue there was no place, in milliseconds; at most twice that. */
export const FULL_QUEUE_PAUSE_MS = 20;
/** Time for asking whether somebody serves a Unix socket that stands there already, in milliseconds. */
export const ANSWER_TIMEOUT_MS = 1_000;
/** Longest path of a Unix socket: the kernel's field has 108 bytes, the last one is zero. */
export const MAX_SOCKET_PATH_BYTES = 107;
/** The length in front of what daemons of an installation say to each other on Unix sockets, little endian. */
export const LENGTH_BYTES = 4;
