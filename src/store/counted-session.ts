import type { PeerId } from "../identity/index.ts";
import type { SessionPort, Stream, StreamAcceptor, StreamEvents } from "../session/index.ts";

/** A stream that tells how much is written to it. */
class CountedStream implements Stream {
  readonly #stream: Stream;
  readonly #onSent: (byteCount: number) => void;

  constructor(stream: Stream, onSent: (byteCount: number) => void) {
    this.#stream = stream;
    this.#onSent = onSent;
  }

  get id(): number {
    return this.#stream.id;
  }

  get peer(): PeerId {
    return this.#stream.peer;
  }

  get service(): string {
    return this.#stream.service;
  }

  get unacknowledgedBytes(): number {
    return this.#stream.unacknowledgedBytes;
  }

  write(bytes: Uint8Array): boolean {
    this.#onSent(bytes.length);
    return this.#stream.write(bytes);
  }

  end(): void {
    this.#stream.end();
  }

  reset(): void {
    this.#stream.reset();
  }

  consume(byteCount: number): void {
    this.#stream.consume(byteCount);
  }
}

/** Streams of one service, with a count of all that is written to them. */
export class CountedSession {
  readonly #session: SessionPort;
  readonly #service: string;
  #sentBytes = 0;

  constructor(session: SessionPort, service: string) {
    this.#session = session;
    this.#service = service;
  }

  /** Bytes written to all streams so far, in either role. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  /** Opens a stream to a peer; undefined: there are too many. */
  openStream(to: PeerId, events: StreamEvents): Stream | undefined {
    const stream = this.#session.openStream(to, this.#service, events);
    return stream && new CountedStream(stream, this.#count);
  }

  /** Takes the streams that peers open. */
  serve(acceptor: StreamAcceptor): void {
    this.#session.serve(this.#service, (stream, from) =>
      acceptor(new CountedStream(stream, this.#count), from),
    );
  }

  readonly #count = (byteCount: number): void => {
    this.#sentBytes += byteCount;
  };
}
