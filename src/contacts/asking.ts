import { TypedError } from "../base/errors.ts";
import { FrameSplitter } from "../feed/index.ts";
import type { PeerId } from "../identity/index.ts";
import type { SessionPort, Stream, StreamEvents } from "../session/index.ts";
import { ContactsError } from "./errors.ts";
import { CONTACT_FRAME_BYTES_MAX } from "./limits.ts";
import {
  type Answer,
  CONTACT_SERVICE,
  decodeFrame,
  encodeFrame,
  type Opening,
} from "./protocol.ts";

/** One exchange that we open: sends, waits for the answer, and reports exactly once. */
export class Asking {
  readonly #done: (answer: Answer | undefined) => void;
  #stream: Stream | undefined;
  #over = false;

  /** @param done the answer, or undefined where there was none; may come before the constructor ends */
  constructor(
    sessions: SessionPort,
    to: PeerId,
    opening: Opening,
    done: (answer: Answer | undefined) => void,
  ) {
    this.#done = done;
    const splitter = new FrameSplitter(CONTACT_FRAME_BYTES_MAX);
    const events: StreamEvents = {
      onData: (bytes) => {
        this.#stream?.consume(bytes.length);
        if (!this.#over) this.#receive(splitter, bytes);
      },
      onEnd: () => this.drop(),
      onDrain: () => {},
      onClose: () => this.#finish(undefined),
    };
    this.#stream = sessions.openStream(to, CONTACT_SERVICE, events);
    if (this.#stream === undefined) this.#finish(undefined);
    if (!this.#over) this.#stream?.write(encodeFrame(opening));
  }

  /** Gives the exchange up. */
  drop(): void {
    if (this.#over) return;
    this.#finish(undefined);
    this.#stream?.reset();
  }

  #receive(splitter: FrameSplitter, bytes: Uint8Array): void {
    try {
      splitter.push(bytes, (content) => {
        const frame = decodeFrame(content);
        if (frame.t === "request" || frame.t === "known") {
          throw new ContactsError("protocol", "A question came where an answer was due.");
        }
        if (this.#over) return;
        this.#finish(frame);
        this.#stream?.end();
      });
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
      this.drop();
    }
  }

  #finish(answer: Answer | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.#done(answer);
  }
}
