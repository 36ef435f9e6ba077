import type { Socket } from "node:net";
import type { Near, NearEvents } from "../../../gateway/index.ts";
import { giveBack, plainBytes } from "../buffers.ts";
import { resetSocket } from "../reset-socket.ts";
import { TurnWriter } from "../turn-writer.ts";
import { KEEPALIVE_MS } from "./limits.ts";

/** A TCP socket of this machine as the near end of a connection. */
export class NearSocket implements Near {
  readonly #socket: Socket;
  readonly #writer: TurnWriter;
  readonly #poke: () => void;
  #events: NearEvents | undefined;
  #isClosed = false;

  /**
   * @param socket connected and paused, half-open allowed
   * @param poke called after every event: the peer may have something to send now
   */
  constructor(socket: Socket, poke: () => void) {
    this.#socket = socket;
    this.#writer = new TurnWriter(socket);
    this.#poke = poke;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEPALIVE_MS);
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.#isClosed = true;
      this.#tell((events) => events.onClose());
    });
  }

  attach(events: NearEvents): void {
    const isFirst = this.#events === undefined;
    this.#events = events;
    if (!isFirst) return;
    if (this.#isClosed) {
      queueMicrotask(() => this.#tell((told) => told.onClose()));
      return;
    }
    const socket = this.#socket;
    socket.on("data", (chunk: Uint8Array) => {
      this.#tell((told) => told.onData(plainBytes(chunk)));
      giveBack(chunk);
    });
    socket.on("end", () => this.#tell((told) => told.onEnd()));
    socket.resume();
  }

  write(bytes: Uint8Array, sent: () => void): void {
    if (!this.#socket.writable) {
      sent();
      return;
    }
    this.#writer.add(bytes, () => {
      sent();
      this.#poke();
    });
  }

  end(): void {
    this.#writer.end();
  }

  destroy(): void {
    resetSocket(this.#socket);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  #tell(call: (events: NearEvents) => void): void {
    if (this.#events === undefined) return;
    call(this.#events);
    this.#poke();
  }
}
