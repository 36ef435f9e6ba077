import { must } from "../../base/errors.ts";
import type { Stream, StreamEvents } from "../types.ts";
import type { SessionMesh } from "./mesh.fixture.ts";

/** A conversation under way: numbered lines of a fixed size in one direction. */
export class Talk {
  /** Bytes that have come in, in order. */
  received = 0;
  /** Longest time between two arrivals since `mark`, in milliseconds. */
  gapMs = 0;
  written = 0;
  /** Whether every byte was the one that should follow. */
  intact = true;
  closed: string | undefined;
  readonly #mesh: SessionMesh;
  readonly #stream: Stream;
  #lastMs: number;

  constructor(mesh: SessionMesh, from: number, to: number, service = "talk") {
    this.#mesh = mesh;
    this.#lastMs = mesh.nowMs;
    mesh.peer(to).manager.serve(service, (stream) => this.#sink(stream));
    const events: StreamEvents = {
      onData: () => undefined,
      onEnd: () => undefined,
      onDrain: () => undefined,
      onClose: (reason) => {
        this.closed = reason;
      },
    };
    const { manager } = mesh.peer(from);
    this.#stream = must(manager.openStream(mesh.peer(to).id, service, events), "a stream");
  }

  #sink(stream: Stream): StreamEvents {
    return {
      onData: (bytes) => {
        for (const byte of bytes) this.intact &&= byte === this.received++ % 251;
        stream.consume(bytes.length);
        this.gapMs = Math.max(this.gapMs, this.#mesh.nowMs - this.#lastMs);
        this.#lastMs = this.#mesh.nowMs;
      },
      onEnd: () => undefined,
      onDrain: () => undefined,
      onClose: () => undefined,
    };
  }

  /** Writes so many bytes. */
  say(sizeBytes: number): void {
    const bytes = new Uint8Array(sizeBytes);
    for (let i = 0; i < sizeBytes; i++) bytes[i] = this.written++ % 251;
    this.#stream.write(bytes);
  }

  /** Says something every so often, for a while. */
  chat(ms: number, everyMs = 20, sizeBytes = 100): void {
    for (const untilMs = this.#mesh.nowMs + ms; this.#mesh.nowMs < untilMs; ) {
      this.say(sizeBytes);
      this.#mesh.run(everyMs);
    }
  }

  /** Gaps count from here. */
  mark(): void {
    this.gapMs = 0;
    this.#lastMs = this.#mesh.nowMs;
  }

  /** Whether all that was said has come in unharmed. */
  get complete(): boolean {
    return this.intact && this.received === this.written;
  }
}
