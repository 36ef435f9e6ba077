/** Randomness for one room. Fork it per room, so that a new draw in one shifts no other. */
export interface Random {
  /** `length` fresh bytes; unpredictable in production, repeatable in the simulator. */
  bytes(length: number): Uint8Array;
  /** A uniform integer of 0 … 2^32-1. */
  u32(): number;
  /** An independent stream named by `label`. */
  fork(label: string): Random;
}
