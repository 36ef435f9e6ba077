import { FrameSplitter } from "../../feed/index.ts";
import type { PeerId, PeerRecord } from "../../identity/index.ts";
import type { Log } from "../../ports/index.ts";
import type { SessionPort, Stream, StreamEvents } from "../../session/index.ts";
import { MessagesError } from "../errors.ts";
import type { Correspondents } from "../types.ts";
import type { HybridKeys } from "./keys.ts";
import { HYBRID_FRAME_BYTES_MAX, HYBRID_STREAMS_MAX } from "./limits.ts";
import { decodeHybridFrame, encodeHybridFrame, HYBRID_SERVICE } from "./protocol.ts";

/** What serving is made of. */
export interface HybridServingOptions {
  readonly sessions: SessionPort;
  readonly log: Log;
  readonly correspondents: Correspondents;
  readonly hybrid: HybridKeys;
}

/** Gives hybrid prekeys to those who may write to us, one to each device that asks. */
export class HybridServing {
  readonly #options: HybridServingOptions;
  readonly #streams = new Map<PeerId, Stream>();

  constructor(options: HybridServingOptions) {
    this.#options = options;
  }

  /** From now on others may ask. */
  serve(): void {
    const { sessions } = this.#options;
    sessions.serve(HYBRID_SERVICE, (stream, from) => this.#accept(stream, from));
  }

  #accept(stream: Stream, from: PeerRecord): StreamEvents | undefined {
    const { correspondents, hybrid } = this.#options;
    const { id } = from;
    if (correspondents.admit(from) === undefined || !hybrid.isPossible(id)) return undefined;
    const older = this.#streams.get(id);
    if (older === undefined && this.#streams.size >= HYBRID_STREAMS_MAX) return undefined;
    this.#streams.set(id, stream);
    older?.reset();
    const splitter = new FrameSplitter(HYBRID_FRAME_BYTES_MAX);
    let isAsked = false;
    return {
      onData: (bytes) => {
        stream.consume(bytes.length);
        if (this.#streams.get(id) !== stream) return;
        const take = (content: Uint8Array): void => {
          if (isAsked || decodeHybridFrame(content).t !== "ask") {
            throw new MessagesError("protocol", "One question is asked on such a stream.");
          }
          isAsked = true;
          this.#answer(stream, id);
        };
        splitter.read(bytes, take, ({ code }) => {
          this.#options.log.warn("hybrid stream refused", { peer: id, code });
          this.#drop(stream, id);
        });
      },
      onEnd: () => {
        if (!isAsked) this.#drop(stream, id);
      },
      onDrain: () => undefined,
      onClose: () => this.#forget(stream, id),
    };
  }

  #answer(stream: Stream, to: PeerId): void {
    this.#options.hybrid.give(to, (note) => {
      if (this.#streams.get(to) !== stream) return;
      if (note === undefined) {
        this.#drop(stream, to);
        return;
      }
      this.#forget(stream, to);
      stream.write(encodeHybridFrame({ t: "key", note }));
      stream.end();
    });
  }

  #drop(stream: Stream, from: PeerId): void {
    this.#forget(stream, from);
    stream.reset();
  }

  #forget(stream: Stream, from: PeerId): void {
    if (this.#streams.get(from) === stream) this.#streams.delete(from);
  }
}
