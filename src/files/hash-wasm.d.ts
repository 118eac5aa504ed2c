/** The part of hash-wasm that is BLAKE2b alone; the package does not declare it. */
declare module 'hash-wasm/dist/blake2b.umd.min.js' {
  import type { createBLAKE2b } from 'hash-wasm';

  const part: { readonly createBLAKE2b: typeof createBLAKE2b };
  export default part;
}
