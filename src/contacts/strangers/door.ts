import type { PeerId, PeerRecord, PersonId } from "../../identity/index.ts";
import type { DiskError, Timed } from "../../ports/index.ts";
import type { SessionPort } from "../../session/index.ts";
import { Courier } from "../courier.ts";
import type { StrangersOptions } from "./ports.ts";
import { STRANGER_TALK, type StrangerAnswer, type StrangerQuestion } from "./protocol.ts";
import { Strangers } from "./strangers.ts";

/** What the door needs of the peer around it. */
export interface StrangersDoorOptions extends Omit<StrangersOptions, "personId"> {
  readonly sessions: SessionPort;
  readonly personId: PersonId;
  /** The person whose device a peer is, by its record or by what is stored. */
  readonly personOf: (peer: PeerId) => PersonId | undefined;
  /** Devices of a contact. */
  readonly devicesOf: (person: PersonId) => readonly PeerId[];
}

/** The room about strangers at the door of a peer: on streams of the `introduce` service. */
export class StrangersDoor extends Strangers implements Timed {
  readonly #options: StrangersDoorOptions;
  readonly #courier: Courier<StrangerQuestion, StrangerAnswer>;

  constructor(options: StrangersDoorOptions) {
    super(options);
    this.#options = options;
    this.#courier = new Courier(STRANGER_TALK, options, options.random.fork("introductions"), {
      questionFor: (peer) => {
        const person = options.personOf(peer);
        return person === undefined ? undefined : this.questionFor(person, peer);
      },
      answered: (peer, answer, done) => this.answered(peer, answer, done),
      asked: (from: PeerRecord, question, answer) => {
        this.asked(from.person.personId, question, answer);
      },
    });
    this.onLetter = (to) => {
      for (const device of options.devicesOf(to)) this.#courier.hurry(device);
    };
  }

  override load(done: (error: DiskError | null) => void): void {
    super.load((error) => {
      // Before edges are read, every one of them would look clean.
      if (error === null) this.#courier.serve();
      done(error);
    });
  }

  /** A session with this peer is possible now. */
  peerReachable(id: PeerId): void {
    this.#courier.peerReachable(id);
  }

  /** Sessions with this peer cannot be had any more. */
  peerUnreachable(id: PeerId): void {
    this.#courier.peerUnreachable(id);
    this.unreachable(id);
  }

  /** A contact is new or has changed: there may be something to tell its devices. */
  contactChanged(person: PersonId): void {
    this.settleKnown();
    for (const device of this.#options.devicesOf(person)) this.#courier.hurry(device);
  }

  override nextDeadlineMs(): number {
    return Math.min(super.nextDeadlineMs(), this.#courier.nextDeadlineMs());
  }

  override tick(): void {
    super.tick();
    this.#courier.tick();
  }
}
