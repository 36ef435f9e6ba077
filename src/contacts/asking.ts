import { FrameSplitter } from "../feed/index.ts";
import type { PeerId } from "../identity/index.ts";
import type { SessionPort, Stream, StreamEvents } from "../session/index.ts";
import { ContactsError } from "./errors.ts";
import type { Talk } from "./talk.ts";

/** One exchange that we open: sends, waits for the answer, and reports exactly once. */
export class Asking<Q, A> {
  readonly #talk: Talk<Q, A>;
  readonly #done: (answer: A | undefined) => void;
  #stream: Stream | undefined;
  #over = false;

  /** @param done the answer, or undefined where there was none; may come before the constructor ends */
  constructor(
    talk: Talk<Q, A>,
    sessions: SessionPort,
    to: PeerId,
    question: Q,
    done: (answer: A | undefined) => void,
  ) {
    this.#talk = talk;
    this.#done = done;
    const splitter = new FrameSplitter(talk.frameBytesMax);
    const events: StreamEvents = {
      onData: (bytes) => {
        this.#stream?.consume(bytes.length);
        if (!this.#over) this.#receive(splitter, bytes);
      },
      onEnd: () => this.drop(),
      onDrain: () => {},
      onClose: () => this.#finish(undefined),
    };
    this.#stream = sessions.openStream(to, talk.service, events);
    if (this.#stream === undefined) this.#finish(undefined);
    if (!this.#over) this.#stream?.write(talk.encode(question));
  }

  /** Gives the exchange up. */
  drop(): void {
    if (this.#over) return;
    this.#finish(undefined);
    this.#stream?.reset();
  }

  #receive(splitter: FrameSplitter, bytes: Uint8Array): void {
    const take = (content: Uint8Array): void => {
      const frame = this.#talk.decode(content);
      if (this.#talk.isQuestion(frame)) {
        throw new ContactsError("protocol", "A question came where an answer was due.");
      }
      if (this.#over) return;
      this.#finish(frame);
      this.#stream?.end();
    };
    splitter.read(bytes, take, () => this.drop());
  }

  #finish(answer: A | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.#done(answer);
  }
}
