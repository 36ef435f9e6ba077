import type { IncomingMessage, ServerResponse } from "node:http";
import type { Near, NearEvents } from "../gateway/index.ts";

/**
 * A call of the API as the near end of a connection: the body of the request flows one way, the
 * body of the answer the other, each with an end of its own.
 */
export class HttpNear implements Near {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #poke: () => void;
  #events: NearEvents | undefined;
  #isReadToEnd = false;
  #isClosed = false;

  /** @param poke called after every event */
  constructor(request: IncomingMessage, response: ServerResponse, poke: () => void) {
    this.#request = request;
    this.#response = response;
    this.#poke = poke;
    request.socket.once("close", () => this.#close());
    response.once("finish", () => {
      if (this.#isReadToEnd) this.#close();
    });
  }

  attach(events: NearEvents): void {
    const isFirst = this.#events === undefined;
    this.#events = events;
    if (!isFirst) return;
    if (this.#isClosed) {
      queueMicrotask(() => events.onClose());
      return;
    }
    this.#response.writeHead(200, {
      "content-type": "application/octet-stream",
      "cache-control": "no-store",
    });
    this.#response.flushHeaders();
    this.#request.on("error", () => undefined);
    this.#response.on("error", () => undefined);
    this.#request.on("data", (chunk: Uint8Array) => {
      const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      this.#tell((told) => told.onData(bytes));
    });
    this.#request.on("end", () => {
      this.#isReadToEnd = true;
      this.#tell((told) => told.onEnd());
      if (this.#response.writableFinished) this.#close();
    });
  }

  write(bytes: Uint8Array, sent: () => void): void {
    if (this.#isClosed || !this.#response.writable) {
      sent();
      return;
    }
    this.#response.write(bytes.slice(), () => {
      sent();
      this.#poke();
    });
  }

  end(): void {
    this.#response.end();
  }

  destroy(): void {
    this.#request.socket.destroy();
  }

  pause(): void {
    this.#request.pause();
  }

  resume(): void {
    this.#request.resume();
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#tell((told) => told.onClose());
  }

  #tell(call: (events: NearEvents) => void): void {
    if (this.#events !== undefined) call(this.#events);
    this.#poke();
  }
}
