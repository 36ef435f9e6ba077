import type { ServerResponse } from "node:http";
import type { EventBodies } from "./contract.ts";
import { ApiError } from "./errors.ts";
import { EVENT_LAG_BYTES_MAX, EVENT_STREAMS_MAX } from "./limits.ts";

/** How often a comment keeps quiet streams alive, in milliseconds. */
const KEEPALIVE_MS = 15_000;

/** Server-sent events (WHATWG HTML section 9.2) to all open consoles and command lines. */
export class EventHub {
  readonly #streams = new Set<ServerResponse>();
  readonly #keepalive: NodeJS.Timeout;

  constructor() {
    this.#keepalive = setInterval(() => this.#writeAll(": still here\n\n"), KEEPALIVE_MS);
    this.#keepalive.unref();
  }

  /**
   * Turns a response into an event stream.
   * @throws ApiError("unavailable") above EVENT_STREAMS_MAX
   */
  attach(response: ServerResponse, hello: EventBodies["hello"]): void {
    if (this.#streams.size >= EVENT_STREAMS_MAX) {
      throw new ApiError("unavailable", "Too many open consoles. Close one and reload.");
    }
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    response.on("close", () => this.#streams.delete(response));
    this.#streams.add(response);
    response.write(format("hello", hello));
  }

  /** Whether anybody listens: what costs something to say is said only then. */
  get isHeard(): boolean {
    return this.#streams.size > 0;
  }

  /** Tells everybody. */
  emit<Name extends keyof EventBodies>(name: Name, body: EventBodies[Name]): void {
    if (this.isHeard) this.#writeAll(format(name, body));
  }

  /** Ends all streams. */
  close(): void {
    clearInterval(this.#keepalive);
    for (const stream of this.#streams) stream.end();
    this.#streams.clear();
  }

  #writeAll(text: string): void {
    for (const stream of this.#streams) {
      stream.write(text);
      if (stream.writableLength > EVENT_LAG_BYTES_MAX) {
        this.#streams.delete(stream);
        stream.destroy();
      }
    }
  }
}

function format(name: string, body: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(body)}\n\n`;
}
