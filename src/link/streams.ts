import type { Endpoint } from "../ports/index.ts";
import type { Way } from "./context.ts";
import { HANDSHAKE_LIFE_MS, SILENT_STREAMS_MAX } from "./limits.ts";

/** Connections that others opened and on which no link stands yet; silent ones are closed. */
export class Streams {
  readonly #isLinked: (endpoint: Endpoint) => boolean;
  readonly #waiting: Map<Endpoint, { readonly way: Way; readonly untilMs: number }> = new Map();

  constructor(isLinked: (endpoint: Endpoint) => boolean) {
    this.#isLinked = isLinked;
  }

  /** Notes a connection; the time by which a link must stand on it. The oldest may have to go. */
  opened(way: Way, nowMs: number): number {
    const untilMs = nowMs + HANDSHAKE_LIFE_MS;
    const [oldest] = this.#waiting.values();
    if (this.#waiting.size >= SILENT_STREAMS_MAX && oldest !== undefined) this.#end(oldest.way);
    this.#waiting.delete(way.endpoint);
    this.#waiting.set(way.endpoint, { way, untilMs });
    return untilMs;
  }

  /** The connection is gone already. */
  closed(endpoint: Endpoint): void {
    this.#waiting.delete(endpoint);
  }

  /** Closes connections on which nothing came about in time. */
  tick(nowMs: number): void {
    for (const { way, untilMs } of this.#waiting.values()) {
      if (nowMs < untilMs) return;
      this.#end(way);
    }
  }

  /** Monotonic time of the next `tick`. */
  deadlineMs(): number {
    const [oldest] = this.#waiting.values();
    return oldest?.untilMs ?? Number.POSITIVE_INFINITY;
  }

  #end({ transport, endpoint }: Way): void {
    this.#waiting.delete(endpoint);
    if (!this.#isLinked(endpoint)) transport.close(endpoint);
  }
}
