import type { Refusal } from "./refusal.ts";

/** How far a program has got in saying what it wants. */
export type Step =
  /** Not everything is there yet. `reply`, perhaps empty, goes back now. */
  | { readonly t: "more"; readonly reply: Uint8Array }
  /** It wants a connection; `rest` is what it sent behind that. */
  | {
      readonly t: "request";
      readonly reply: Uint8Array;
      readonly host: string;
      readonly port: number;
      readonly rest: Uint8Array;
    }
  /** It is not understood or asks for what there is not: `reply`, then the end. */
  | { readonly t: "refused"; readonly reply: Uint8Array };

/** The server's half of a proxy protocol. */
export interface Asking {
  /** Takes the next bytes, in any pieces; not called again after "request" or "refused". */
  push(bytes: Uint8Array): Step;
  /** What tells the program that the connection stands. */
  agree(): Uint8Array;
  /** What tells the program that there is none, and in `words` where the protocol has room. */
  refuse(refusal: Refusal, words: string): Uint8Array;
}
