import type { Duplex } from "node:stream";
import type { AbortOptions, Logger, MessageStreamDirection } from "@libp2p/interface";
import { AbstractMultiaddrConnection, type SendResult } from "@libp2p/utils";
import type { Multiaddr } from "@multiformats/multiaddr";
import { AdapterError } from "../node/errors.ts";
import { CLOSE_TIMEOUT_MS, UNREAD_BYTES_MAX, UNSENT_BYTES_MAX } from "./limits.ts";

/** What libp2p's part of a connection hands to ours. */
type SentBytes = Parameters<AbstractMultiaddrConnection["sendData"]>[0];

/** What a connection is made of. */
export interface ConnectionParts {
  /** The connection of the embedded peer. */
  readonly stream: Duplex;
  readonly remoteAddr: Multiaddr;
  readonly direction: MessageStreamDirection;
  readonly log: Logger;
}

/**
 * A Peernet connection as libp2p's upgrader wants it. Back-pressure, end and failure are those of
 * the stream: a close waits until the other side has everything and has ended as well, an abort
 * breaks the connection off, and one that broke off is a reset here.
 */
export class PeernetConnection extends AbstractMultiaddrConnection {
  readonly #stream: Duplex;

  constructor({ stream, ...init }: ConnectionParts) {
    super({
      ...init,
      maxReadBufferLength: UNREAD_BYTES_MAX,
      maxWriteBufferLength: UNSENT_BYTES_MAX,
    });
    this.#stream = stream;
    stream.on("data", (bytes: Uint8Array) => this.onData(bytes));
    stream.on("drain", () => this.safeDispatchEvent("drain"));
    // libp2p's connections know no half end: who has ended wants nothing more.
    stream.once("end", () => {
      stream.end();
      this.onTransportClosed();
    });
    stream.once("error", (error) => this.#broke(error));
    stream.once("close", () => this.onTransportClosed());
  }

  override sendData(data: SentBytes): SendResult {
    let sentBytes = 0;
    for (const part of data) {
      sentBytes += part.byteLength;
      if (!this.#stream.write(part)) return { sentBytes, canSendMore: false };
    }
    return { sentBytes, canSendMore: true };
  }

  /**
   * Ends the connection after what was sent; aborts it where that takes too long.
   * @throws AdapterError("io") where the other side does not end it in time; the signal's reason
   */
  override async sendClose(options?: AbortOptions): Promise<void> {
    const stream = this.#stream;
    if (stream.destroyed) return;
    const late = AbortSignal.timeout(CLOSE_TIMEOUT_MS);
    const signal = AbortSignal.any([late, ...(options?.signal ? [options.signal] : [])]);
    stream.end();
    // What still comes is thrown away; unread it would hide the end behind it.
    stream.resume();
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => {
        stream.off("close", onClose);
        const words = "The other side did not end the connection in time; it was broken off.";
        const why = late.aborted ? new AdapterError("io", words) : signal.reason;
        this.abort(why);
        reject(why);
      };
      const onClose = (): void => {
        signal.removeEventListener("abort", onAbort);
        resolve();
      };
      stream.once("close", onClose);
      if (signal.aborted) onAbort();
      else signal.addEventListener("abort", onAbort, { once: true });
    });
  }

  override sendReset(): void {
    this.#stream.destroy();
  }

  override sendPause(): void {
    this.#stream.pause();
  }

  override sendResume(): void {
    this.#stream.resume();
  }

  #broke(error: Error): void {
    this.log("the connection broke off - %s", error.message);
    if (this.status === "open" || this.status === "closing") this.onRemoteReset();
  }
}
