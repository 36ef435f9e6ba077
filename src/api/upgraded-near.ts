import type { Socket } from "node:net";
import type { Near, NearEvents } from "../gateway/index.ts";
import { STREAM_PROTOCOL } from "./limits.ts";

const AGREED =
  "HTTP/1.1 101 Switching Protocols\r\n" +
  `connection: Upgrade\r\nupgrade: ${STREAM_PROTOCOL}\r\n\r\n`;

/**
 * A call that became a plain stream (RFC 9110 section 7.8) as the near end of a connection. The
 * caller hears the agreement at the first `attach`, when the connection stands.
 */
export class UpgradedNear implements Near {
  readonly #socket: Socket;
  readonly #head: Uint8Array;
  readonly #poke: () => void;
  #events: NearEvents | undefined;
  #isClosed = false;

  /**
   * @param head what came behind the head of the request
   * @param poke called after every event
   */
  constructor(socket: Socket, head: Uint8Array, poke: () => void) {
    this.#socket = socket;
    this.#head = head;
    this.#poke = poke;
    socket.setTimeout(0);
    socket.setNoDelay(true);
    socket.on("error", () => undefined);
    // Without reading, nobody would notice that the caller has gone.
    socket.on("readable", this.#watch);
    socket.once("end", () => {
      if (!this.isAgreed) socket.destroy();
    });
    socket.once("close", () => {
      this.#isClosed = true;
      this.#tell((told) => told.onClose());
    });
  }

  /** Whether the caller has heard that the connection stands. */
  get isAgreed(): boolean {
    return this.#events !== undefined;
  }

  attach(events: NearEvents): void {
    const isFirst = !this.isAgreed;
    this.#events = events;
    if (!isFirst) return;
    const socket = this.#socket;
    if (this.#isClosed) {
      queueMicrotask(() => events.onClose());
      return;
    }
    socket.off("readable", this.#watch);
    socket.write(AGREED);
    if (this.#head.length > 0) socket.unshift(this.#head);
    socket.on("data", (chunk: Uint8Array) => {
      const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      this.#tell((told) => told.onData(bytes));
    });
    socket.on("end", () => this.#tell((told) => told.onEnd()));
    socket.resume();
  }

  write(bytes: Uint8Array, sent: () => void): void {
    if (!this.#socket.writable) {
      sent();
      return;
    }
    this.#socket.write(bytes.slice(), () => {
      sent();
      this.#poke();
    });
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.resetAndDestroy();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  readonly #watch = (): void => {
    if (this.#socket.readableLength === 0) this.#socket.read();
  };

  #tell(call: (events: NearEvents) => void): void {
    if (this.#events !== undefined) call(this.#events);
    this.#poke();
  }
}
