import { concatBytes, NO_BYTES } from "../base/bytes.ts";
import type { Asking, Step } from "./asking.ts";
import { HttpAsking } from "./http-connect.ts";
import { EARLY_BYTES_MAX, REFUSED_LINGER_MS } from "./limits.ts";
import type { Reached } from "./reaching.ts";
import { SocksAsking } from "./socks.ts";
import type { Near, NearEvents } from "./types.ts";

/** First byte of SOCKS 5; a letter begins an HTTP method. */
const SOCKS_FIRST = 5;
const [LETTER_FIRST, LETTER_LAST] = [0x41, 0x5a];
const NOTHING = (): void => undefined;

/** What a greeting needs of the gateway. */
export interface GreetingHost {
  nowMs(): number;
  /**
   * Reaches what the program means. `done` is told the refusal in words as well; the function
   * that is returned gives it up.
   */
  reach(
    host: string,
    port: number,
    done: (words: string, ...answer: Parameters<Reached>) => void,
  ): () => void;
  /** The program has said what it wants, or is gone; called once. */
  over(greeting: Greeting): void;
}

/** A program that has connected to the proxy port: SOCKS 5 or HTTP CONNECT, the first byte decides. */
export class Greeting implements NearEvents {
  /** Monotonic time at which it is given up; Infinity while the other peer is asked. */
  deadlineMs: number;
  readonly #near: Near;
  readonly #host: GreetingHost;
  #asking: Asking | undefined;
  #giveUp = NOTHING;
  #early: Uint8Array | undefined;
  #isRefused = false;
  #isOver = false;

  constructor(near: Near, deadlineMs: number, host: GreetingHost) {
    this.#near = near;
    this.deadlineMs = deadlineMs;
    this.#host = host;
    near.attach(this);
  }

  onData(bytes: Uint8Array): void {
    if (this.#isOver || this.#isRefused || bytes.length === 0) return;
    if (this.#early !== undefined) {
      this.#hold(bytes);
      return;
    }
    this.#asking ??= askingFor(bytes[0] ?? 0);
    if (this.#asking === undefined) this.drop();
    else this.#step(this.#asking, this.#asking.push(bytes));
  }

  onEnd(): void {
    // A program that ends its side before it has its answer cannot mean it.
    if (!this.#isRefused) this.drop();
  }

  onClose(): void {
    this.#finish();
    this.#giveUp();
  }

  /** Time is up, or the gateway closes. */
  drop(): void {
    this.#finish();
    this.#giveUp();
    this.#near.destroy();
  }

  #step(asking: Asking, step: Step): void {
    if (step.reply.length > 0) this.#near.write(step.reply, NOTHING);
    if (step.t === "more") return;
    if (step.t === "refused") {
      this.#linger();
      return;
    }
    this.#early = step.rest;
    this.deadlineMs = Number.POSITIVE_INFINITY;
    this.#near.pause();
    this.#giveUp = this.#host.reach(step.host, step.port, (words, refusal, tunnel) => {
      this.#giveUp = NOTHING;
      if (this.#isOver) {
        tunnel?.drop();
        return;
      }
      if (tunnel === undefined) {
        this.#near.write(asking.refuse(refusal ?? "away", words), NOTHING);
        this.#near.resume();
        this.#linger();
        return;
      }
      this.#finish();
      this.#near.write(asking.agree(), NOTHING);
      this.#near.resume();
      tunnel.join(this.#near, this.#early ?? NO_BYTES);
    });
  }

  /** Lets a refused program read its answer and go; what it still sends is forgotten. */
  #linger(): void {
    this.#isRefused = true;
    this.deadlineMs = this.#host.nowMs() + REFUSED_LINGER_MS;
    this.#near.end();
  }

  #hold(bytes: Uint8Array): void {
    const early = concatBytes(this.#early ?? NO_BYTES, bytes);
    if (early.length > EARLY_BYTES_MAX) this.drop();
    else this.#early = early;
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#host.over(this);
  }
}

function askingFor(first: number): Asking | undefined {
  if (first === SOCKS_FIRST) return new SocksAsking();
  return first >= LETTER_FIRST && first <= LETTER_LAST ? new HttpAsking() : undefined;
}
