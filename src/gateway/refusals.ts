import { REFUSALS_SHOWN_MAX } from "./limits.ts";

/** A refused connection, for people who look for the reason. */
export interface RefusedConnection {
  /** Wall-clock time, milliseconds since 1970. */
  readonly atMs: number;
  /** "out": a program of this machine was refused; "in": another peer was. */
  readonly direction: "in" | "out";
  readonly words: string;
}

/** The last refusals: programs behind a proxy show their users only a number. */
export class LastRefusals {
  readonly #list: RefusedConnection[] = [];

  add(refused: RefusedConnection): void {
    this.#list.push(refused);
    if (this.#list.length > REFUSALS_SHOWN_MAX) this.#list.shift();
  }

  /** Oldest first. */
  all(): readonly RefusedConnection[] {
    return this.#list;
  }
}
