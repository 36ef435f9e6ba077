import { FrameSplitter } from "../feed/index.ts";
import type { Log } from "../ports/index.ts";
import type { Stream, StreamEvents } from "../session/index.ts";
import { ContactsError } from "./errors.ts";
import type { Talk } from "./talk.ts";

/** One exchange that another peer opened: takes one question, gives one answer. */
export class Serving<Q, A> implements StreamEvents {
  /** Monotonic time at which the exchange is given up. */
  readonly deadlineMs: number;
  readonly #stream: Stream;
  readonly #log: Log;
  readonly #talk: Talk<Q, A>;
  readonly #ask: (question: Q, answer: (answer: A | undefined) => void) => void;
  readonly #onOver: (serving: Serving<Q, A>) => void;
  readonly #splitter: FrameSplitter;
  #asked = false;
  #over = false;

  /**
   * @param ask called with the question; answers later, undefined for "say nothing and close"
   * @param onOver called once
   */
  constructor(
    talk: Talk<Q, A>,
    stream: Stream,
    log: Log,
    deadlineMs: number,
    ask: (question: Q, answer: (answer: A | undefined) => void) => void,
    onOver: (serving: Serving<Q, A>) => void,
  ) {
    this.#talk = talk;
    this.#splitter = new FrameSplitter(talk.frameBytesMax);
    this.#stream = stream;
    this.#log = log;
    this.deadlineMs = deadlineMs;
    this.#ask = ask;
    this.#onOver = onOver;
  }

  onData(bytes: Uint8Array): void {
    this.#stream.consume(bytes.length);
    if (this.#over) return;
    const take = (content: Uint8Array): void => this.#take(content);
    this.#splitter.read(bytes, take, ({ code }) => {
      const { peer, service } = this.#stream;
      this.#log.warn("question refused", { peer, service, code });
      this.drop();
    });
  }

  onEnd(): void {
    if (!this.#asked) this.drop();
  }

  onDrain(): void {}

  onClose(): void {
    this.#finish();
  }

  /** Ends the exchange without an answer. */
  drop(): void {
    if (this.#over) return;
    this.#finish();
    this.#stream.reset();
  }

  #take(content: Uint8Array): void {
    if (this.#over) return;
    const frame = this.#talk.decode(content);
    if (this.#asked || !this.#talk.isQuestion(frame)) {
      throw new ContactsError("protocol", "Only one question is asked per stream.");
    }
    this.#asked = true;
    this.#ask(frame, (answer) => {
      if (this.#over) return;
      if (answer === undefined) {
        this.drop();
        return;
      }
      this.#stream.write(this.#talk.encode(answer));
      this.#stream.end();
    });
  }

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.#onOver(this);
  }
}
