/** The content of the examples: the bytes of "hi" and a line feed. */
export const exampleBytes = new Uint8Array([0x68, 0x69, 0x0a]);
/** Its BLAKE2b-512. */
export const exampleDigest =
  '7ea59e7a000ec003846b6607dfd5f9217b681dc1a81b0789b464c3995105d930' +
  '83f7f0a86fca01a1bed27e9f9303ae58d01746e3b20443480bea56198e65bfc5';
/** Some other digest. */
export const otherDigest = 'a5'.repeat(64);
