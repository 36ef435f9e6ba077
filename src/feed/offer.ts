import { BYTES_IN_FLIGHT_MAX } from "./limits.ts";
import type { OwnLog } from "./own-log.ts";

/** How far one reader is with one of our feeds. */
export class Offer {
  readonly log: OwnLog;
  /** Highest seq that the reader has persisted and we have written down. */
  acknowledged: number;
  /**
   * "idle": not mentioned on the stream; "offered": no answer yet; "open": entries flow; "held":
   * the reader said not now; "dead": the reader holds another history, nothing can flow.
   */
  phase: "idle" | "offered" | "open" | "held" | "dead" = "idle";
  /** Highest seq that the reader says it has. */
  confirmed = 0;
  /** Highest seq sent on this stream. */
  sent = 0;
  /** Whether entries are being read from disk. */
  reading = false;
  /** Whether an acknowledgement is being written down. */
  recording = false;
  #sizes: number[] = [];
  #bytesInFlight = 0;

  constructor(log: OwnLog, acknowledged: number) {
    this.log = log;
    this.acknowledged = acknowledged;
  }

  /** Whether the reader still lacks something and may want it. */
  get pending(): boolean {
    return this.phase !== "dead" && this.acknowledged < this.log.head.seq;
  }

  /** Entries sent on this stream and not confirmed. */
  get inFlight(): number {
    return this.sent - this.confirmed;
  }

  /** Whether the bytes in flight allow one more entry. */
  get hasRoom(): boolean {
    return this.#bytesInFlight < BYTES_IN_FLIGHT_MAX;
  }

  /** The reader has everything up to `seq`; entries after it flow. */
  open(seq: number): void {
    this.phase = "open";
    this.confirmed = seq;
    this.sent = seq;
    this.#sizes = [];
    this.#bytesInFlight = 0;
  }

  /** One more entry went out. */
  sentOne(sizeBytes: number): void {
    this.sent++;
    this.#sizes.push(sizeBytes);
    this.#bytesInFlight += sizeBytes;
  }

  /** The reader confirms entries up to `seq`. */
  confirm(seq: number): void {
    for (const size of this.#sizes.splice(0, seq - this.confirmed)) this.#bytesInFlight -= size;
    this.confirmed = seq;
  }

  /** The stream is gone or the reader stopped: the next one starts from a new summary. */
  restart(phase: "idle" | "held" | "dead"): void {
    const dead = this.phase === "dead";
    this.open(0);
    this.phase = dead ? "dead" : phase;
  }
}
