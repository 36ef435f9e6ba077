import { FrameSplitter } from "../feed/index.ts";
import type { Log } from "../ports/index.ts";
import type { Stream, StreamEvents } from "../session/index.ts";

/** How frames of a protocol are read and written. */
export interface Framing<F> {
  readonly frameBytesMax: number;
  /** @throws TypedError where the bytes are no frame: that ends the stream */
  decode(content: Uint8Array): F;
  /** The frame with its length field. */
  encode(frame: F): Uint8Array;
}

/** A stream of frames. What it hears that is no frame, or that its owner refuses, ends it. */
export class Framed<F> implements StreamEvents {
  readonly #framing: Framing<F>;
  readonly #log: Log;
  readonly #onFrame: (frame: F, stream: Framed<F>) => void;
  readonly #onOver: (stream: Framed<F>) => void;
  readonly #splitter: FrameSplitter;
  #stream: Stream | undefined;
  #over = false;

  /**
   * @param onFrame may throw a TypedError: the stream is reset
   * @param onOver called once, when nothing more comes and before nothing more can be sent
   */
  constructor(
    framing: Framing<F>,
    log: Log,
    onFrame: (frame: F, stream: Framed<F>) => void,
    onOver: (stream: Framed<F>) => void,
  ) {
    this.#framing = framing;
    this.#log = log;
    this.#onFrame = onFrame;
    this.#onOver = onOver;
    this.#splitter = new FrameSplitter(framing.frameBytesMax);
  }

  /** The stream that this is about; undefined: there was none to be had. */
  attach(stream: Stream | undefined): void {
    this.#stream = stream;
    if (stream === undefined) this.#finish();
  }

  /** Whether nothing comes any more. */
  get isOver(): boolean {
    return this.#over;
  }

  send(frame: F): void {
    if (!this.#over) this.#stream?.write(this.#framing.encode(frame));
  }

  /** Says one last thing, if any, and ends: what comes back is not heard any more. */
  end(frame?: F): void {
    if (this.#over) return;
    if (frame !== undefined) this.send(frame);
    this.#finish();
    this.#stream?.end();
  }

  /** Ends without a word. */
  drop(): void {
    if (this.#over) return;
    this.#finish();
    this.#stream?.reset();
  }

  onData(bytes: Uint8Array): void {
    this.#stream?.consume(bytes.length);
    if (this.#over) return;
    const take = (content: Uint8Array): void => {
      if (!this.#over) this.#onFrame(this.#framing.decode(content), this);
    };
    this.#splitter.read(bytes, take, ({ code }) => {
      this.#log.warn("stream refused", { peer: this.#stream?.peer ?? "", code });
      this.drop();
    });
  }

  onEnd(): void {
    this.end();
  }

  onDrain(): void {}

  onClose(): void {
    this.#finish();
  }

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.#onOver(this);
  }
}
