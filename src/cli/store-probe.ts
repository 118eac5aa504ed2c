/** Time that a store has to show that it lives: one that many write to may be slow, one that hangs stays so. */
export const STORE_PROBE_S = 10;
