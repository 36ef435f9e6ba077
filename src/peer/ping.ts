import { toHex } from "../base/bytes.ts";
import { Heap } from "../base/heap.ts";
import type { PeerId } from "../identity/index.ts";
import type { Clock, Random, Timed } from "../ports/index.ts";
import type { SessionPort } from "../session/index.ts";
import { PING_TIMEOUT_MS, PINGS_MAX } from "./limits.ts";

const NONCE_BYTES = 12;
const ECHO = "ping";
const ANSWER = "pong";

/** Told once: the round trip in milliseconds, or undefined where no answer came in time. */
export type PingCallback = (roundTripMs: number | undefined) => void;

interface Waiting {
  readonly nonce: string;
  readonly to: PeerId;
  readonly sentAtMs: number;
  readonly done: PingCallback;
}

/** End-to-end round trips through sessions: encrypted, over whatever path is in use. */
export class Pinger implements Timed {
  readonly #session: SessionPort;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #waiting = new Map<string, Waiting>();
  readonly #deadlines = new Heap<Waiting>((a, b) => a.sentAtMs < b.sentAtMs);

  constructor(session: SessionPort, clock: Clock, random: Random) {
    this.#session = session;
    this.#clock = clock;
    this.#random = random.fork("ping");
    session.serveDatagrams(ECHO, (from, nonce) => {
      if (nonce.length === NONCE_BYTES) session.sendDatagram(from.id, ANSWER, nonce);
    });
    session.serveDatagrams(ANSWER, (from, nonce) => this.#answered(from.id, nonce));
  }

  /** Pings a peer; `done` is called exactly once. False: too many pings are under way. */
  ping(to: PeerId, done: PingCallback): boolean {
    if (this.#waiting.size >= PINGS_MAX) return false;
    const nonce = this.#random.bytes(NONCE_BYTES);
    const waiting = { nonce: toHex(nonce), to, sentAtMs: this.#clock.monotonicMs(), done };
    this.#waiting.set(waiting.nonce, waiting);
    this.#deadlines.push(waiting);
    this.#session.sendDatagram(to, ECHO, nonce);
    return true;
  }

  nextDeadlineMs(): number {
    const first = this.#deadlines.peek();
    return first === undefined ? Number.POSITIVE_INFINITY : first.sentAtMs + PING_TIMEOUT_MS;
  }

  tick(): void {
    const dueMs = this.#clock.monotonicMs() - PING_TIMEOUT_MS;
    for (let next = this.#deadlines.peek(); next !== undefined; next = this.#deadlines.peek()) {
      if (next.sentAtMs > dueMs) return;
      this.#deadlines.pop();
      if (this.#waiting.delete(next.nonce)) next.done(undefined);
    }
  }

  #answered(from: PeerId, nonce: Uint8Array): void {
    const key = toHex(nonce.subarray(0, NONCE_BYTES));
    const waiting = this.#waiting.get(key);
    if (waiting === undefined || waiting.to !== from) return;
    this.#waiting.delete(key);
    waiting.done(this.#clock.monotonicMs() - waiting.sentAtMs);
  }
}
