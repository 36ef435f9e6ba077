import { toHex } from "../../base/bytes.ts";
import type { Random } from "../../ports/index.ts";
import type { EchoAnswer, Path } from "../path-types.ts";
import type { RoutingStats } from "../stats.ts";
import { countLabels, labelBytes, NO_LABEL, writeLabel } from "./label-codec.ts";
import type { Labels } from "./labels.ts";
import { ECHO_TIMEOUT_MS, ECHOES_OPEN_MAX, LABELS_BYTES_MAX } from "./limits.ts";
import { COOKIE_BYTES, SERVICE_ECHO_ANSWER, SERVICE_ECHO_REQUEST } from "./messages.ts";
import { patienceMs } from "./vicinity.ts";

/** What echoes work on. */
export interface EchoesOptions {
  readonly labels: Labels;
  readonly random: Random;
  readonly stats: RoutingStats;
  /** Sends a payload back along a recorded way, to whoever stands at its end. */
  readonly sendBack: (back: Path, payload: Uint8Array) => boolean;
}

interface Open {
  readonly sentMs: number;
  readonly dueMs: number;
  readonly done: (answer: EchoAnswer | undefined) => void;
}

/** Asks peers to echo, and echoes for others. */
export class Echoes {
  readonly #options: EchoesOptions;
  /** By cookie. */
  readonly #open = new Map<string, Open>();

  constructor(options: EchoesOptions) {
    this.#options = options;
  }

  /** How many are waited for. */
  get size(): number {
    return this.#open.size;
  }

  /**
   * Asks by `send`, which is given the request. `done` is called once, perhaps at once.
   * @param metric of the way, 0 where it is not known: radio and satellites take seconds
   */
  ask(
    send: (request: Uint8Array) => boolean,
    done: (answer: EchoAnswer | undefined) => void,
    metric: number,
    nowMs: number,
  ): void {
    if (this.#open.size >= ECHOES_OPEN_MAX) {
      done(undefined);
      return;
    }
    const request = new Uint8Array(1 + COOKIE_BYTES);
    request[0] = SERVICE_ECHO_REQUEST;
    request.set(this.#options.random.bytes(COOKIE_BYTES), 1);
    const key = toHex(request.subarray(1));
    this.#open.set(key, {
      sentMs: nowMs,
      dueMs: nowMs + patienceMs(ECHO_TIMEOUT_MS, metric),
      done,
    });
    if (send(request)) {
      this.#options.stats.services.echoesSent++;
      return;
    }
    if (this.#open.delete(key)) done(undefined);
  }

  /** Echoes a request that came by this way. False: it is none. */
  answer(payload: Uint8Array, back: Path): boolean {
    const { labels, stats, sendBack } = this.#options;
    if (payload.length !== 1 + COOKIE_BYTES) return false;
    const own = labels.of(back.firstHop);
    const length = labelBytes(own) + back.labels.length;
    if (own === NO_LABEL || length > LABELS_BYTES_MAX) return false;
    const answer = new Uint8Array(1 + COOKIE_BYTES + length);
    answer.set(payload);
    answer[0] = SERVICE_ECHO_ANSWER;
    answer.set(back.labels, writeLabel(answer, 1 + COOKIE_BYTES, own));
    if (sendBack(back, answer)) stats.services.echoesAnswered++;
    return true;
  }

  /** Takes in an answer, whose way back is the way there. False: nobody waits for it. */
  receive(payload: Uint8Array, there: Path, nowMs: number): boolean {
    const key = toHex(payload.subarray(1, 1 + COOKIE_BYTES));
    const open = this.#open.get(key);
    if (open === undefined) return false;
    const backLabels = payload.slice(1 + COOKIE_BYTES);
    // The two ways are one in two directions; the far peer's own label comes on top.
    if (countLabels(backLabels) !== countLabels(there.labels) + 1) return false;
    this.#open.delete(key);
    open.done({
      there: { firstHop: there.firstHop, labels: there.labels.slice() },
      backLabels,
      roundTripMs: nowMs - open.sentMs,
    });
    return true;
  }

  /** Monotonic time at which the next one is given up. */
  nextDeadlineMs(): number {
    let next = Number.POSITIVE_INFINITY;
    // Asked after every packet: no iterator where there is nothing.
    if (this.#open.size === 0) return next;
    for (const { dueMs } of this.#open.values()) next = Math.min(next, dueMs);
    return next;
  }

  /** Gives up what has waited too long. */
  tick(nowMs: number): void {
    for (const [key, { dueMs, done }] of [...this.#open]) {
      if (dueMs > nowMs) continue;
      this.#open.delete(key);
      done(undefined);
    }
  }
}
