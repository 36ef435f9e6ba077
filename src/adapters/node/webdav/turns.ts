import type { ServerResponse } from "node:http";
import { DavError } from "./errors.ts";

/** Lets a number of requests do something at the same time, the others in turn after them. */
export class Turns {
  readonly #max: number;
  readonly #waiting = new Set<() => void>();
  #taken = 0;

  /** @param max how many at the same time */
  constructor(max: number) {
    this.#max = max;
  }

  /** How many wait. */
  get waitingCount(): number {
    return this.#waiting.size;
  }

  /**
   * Waits for a turn; the function that comes ends it.
   * @throws DavError("unavailable") where the client went away meanwhile
   */
  async take(response: ServerResponse): Promise<() => void> {
    if (this.#taken >= this.#max) await this.#wait(response);
    else this.#taken += 1;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      const [next] = this.#waiting;
      if (next === undefined) this.#taken -= 1;
      else next();
    };
  }

  /** Resolves once somebody has handed its turn on: `#taken` stays as it is. */
  #wait(response: ServerResponse): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        this.#waiting.delete(go);
        response.off("close", leave);
      };
      const go = (): void => {
        stop();
        resolve();
      };
      const leave = (): void => {
        stop();
        reject(new DavError("unavailable", "The connection ended."));
      };
      this.#waiting.add(go);
      response.once("close", leave);
      if (response.destroyed || response.socket === null) leave();
    });
  }
}
