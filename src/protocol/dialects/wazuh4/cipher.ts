/** Protects the payloads of one connection. The implementation for nodes is `src/transport/fernet.ts`. */
export interface Wazuh4Cipher {
  /** How long the payload becomes that so many bytes of plaintext are sealed to. */
  sealedBytes(plainBytes: number): number;
  /** Writes the payload for this plaintext at `at`; there are `sealedBytes` bytes of room. */
  seal(plain: readonly Uint8Array[], plainBytes: number, target: Buffer, at: number): void;
  /** Whether what was opened shows that the peer knows Muster's own dialect, and would rather speak that. */
  readonly isOfKin?: boolean;
  /** The plaintext. Throws 3104 if the connection is to be closed for that. Throws 3025, whatever is wrong with the payload: then the connection is to be closed without an answer. */
  open(sealed: Uint8Array): Buffer;
}

/** Nothing is protected: the local socket. What it opens is a view of the payload. */
export const noCipher: Wazuh4Cipher = {
  sealedBytes: (plainBytes) => plainBytes,
  seal(plain, _plainBytes, target, at) {
    let to = at;
    for (const chunk of plain) {
      target.set(chunk, to);
      to += chunk.length;
    }
  },
  open: (sealed) => Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength),
};
