import { Duplex } from "node:stream";
import type { Near, NearEvents } from "../../../gateway/index.ts";
import { plainBytes } from "../buffers.ts";
import { AdapterError } from "../errors.ts";

type Done = (error?: Error | null) => void;

/** A program's own end of a connection, as a node:stream Duplex with an end for each direction. */
export class ConnectionStream extends Duplex {
  /** The same connection as the gateway sees it. */
  readonly near: Near;
  readonly #poke: () => void;
  #events: NearEvents | undefined;
  /** What is written before the connection stands waits here. */
  #begin: (() => void) | undefined;
  #isPaused = false;
  #written: Done | undefined;
  #sent: (() => void)[] = [];

  /** @param poke called after every call into the peer */
  constructor(poke: () => void) {
    super({ allowHalfOpen: true });
    this.#poke = poke;
    // It may break before whoever waits for it has had a turn to listen: whoever reads or writes
    // then learns of it all the same, and a program must not end for want of a listener.
    this.on("error", () => undefined);
    this.near = {
      attach: (events) => this.#attach(events),
      write: (bytes, sent) => this.#receive(bytes, sent),
      end: () => {
        this.push(null);
      },
      destroy: () => {
        const words = "The connection broke off; not everything has arrived.";
        this.destroy(new AdapterError("io", words));
      },
      pause: () => {
        this.#isPaused = true;
      },
      resume: () => this.#resume(),
    };
  }

  override _read(): void {
    const sent = this.#sent;
    this.#sent = [];
    for (const call of sent) call();
    this.#poke();
  }

  override _write(chunk: Uint8Array, _encoding: string, done: Done): void {
    this.#whenReady(() => {
      this.#events?.onData(plainBytes(chunk));
      if (this.#isPaused) this.#written = done;
      else done();
    });
  }

  override _final(done: Done): void {
    this.#whenReady(() => {
      this.#events?.onEnd();
      done();
    });
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#begin = undefined;
    const sent = this.#sent;
    this.#sent = [];
    for (const call of sent) call();
    this.#events?.onClose();
    this.#poke();
    done(error);
  }

  #attach(events: NearEvents): void {
    this.#events = events;
    const begin = this.#begin;
    this.#begin = undefined;
    if (begin !== undefined) setImmediate(begin);
    if (this.destroyed) queueMicrotask(() => events.onClose());
  }

  #whenReady(call: () => void): void {
    const run = (): void => {
      call();
      this.#poke();
    };
    if (this.#events === undefined) this.#begin = run;
    else run();
  }

  #receive(bytes: Uint8Array, sent: () => void): void {
    if (this.destroyed || this.push(Buffer.from(bytes))) sent();
    else this.#sent.push(sent);
  }

  #resume(): void {
    this.#isPaused = false;
    const done = this.#written;
    this.#written = undefined;
    done?.();
  }
}
