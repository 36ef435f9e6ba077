import { toHex, utf8 } from "../../base/bytes.ts";
import type { PeerId, PeerRecord, PersonId } from "../../identity/index.ts";
import type { DiskError, Random, Timed } from "../../ports/index.ts";
import type { SessionPort } from "../../session/index.ts";
import { Courier } from "../courier.ts";
import { ContactsError } from "../errors.ts";
import { Finder, tagOf } from "./finder.ts";
import { REQUEST_TEXT_BYTES_MAX } from "./limits.ts";
import type { TrayWord } from "./own/words.ts";
import type { StrangersOptions } from "./ports.ts";
import {
  INTRODUCTION_ID_BYTES,
  STRANGER_TALK,
  type StrangerAnswer,
  type StrangerQuestion,
} from "./protocol.ts";
import type { StrangerSettings } from "./settings.ts";
import { Strangers } from "./strangers.ts";
import type { Introduced } from "./types.ts";

/** What the door needs of the peer around it. */
export interface StrangersDoorOptions extends Omit<StrangersOptions, "personId" | "ways"> {
  readonly sessions: SessionPort;
  readonly personId: PersonId;
  /** The person whose device a peer is, by its record or by what is stored. */
  readonly personOf: (peer: PeerId) => PersonId | undefined;
  /** Devices of a contact. */
  readonly devicesOf: (person: PersonId) => readonly PeerId[];
  /** Met contacts and their sign keys. */
  readonly contacts: () => Iterable<readonly [PersonId, Uint8Array]>;
}

/** The room about strangers at the door of a peer: on streams of the `introduce` service. */
export class StrangersDoor extends Strangers implements Timed {
  readonly #options: StrangersDoorOptions;
  readonly #courier: Courier<StrangerQuestion, StrangerAnswer>;
  readonly #finder: Finder;
  readonly #inReach = new Set<PeerId>();
  readonly #random: Random;

  constructor(options: StrangersDoorOptions) {
    // The room asks for ways only once it runs.
    const late: { finder?: Finder } = {};
    super({ ...options, ways: { nextFor: (tag, from) => late.finder?.nextFor(tag, from) } });
    this.#options = options;
    this.#random = options.random.fork("knocks");
    this.#finder = new Finder({
      ...options,
      settings: () => this.settings,
      mayPassOn: (from, to) => this.mayPassOn(from, to),
      deviceInReach: (person) => options.devicesOf(person).find((one) => this.#inReach.has(one)),
    });
    late.finder = this.#finder;
    this.#courier = new Courier(STRANGER_TALK, options, options.random.fork("introductions"), {
      questionFor: (peer) => {
        const person = options.personOf(peer);
        return person === undefined ? undefined : this.questionFor(person, peer);
      },
      answered: (peer, answer, done) => this.answered(peer, answer, done),
      asked: (from: PeerRecord, question, answer) => {
        this.#hear(from.person.personId, question, answer);
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
    this.#inReach.add(id);
    this.#courier.peerReachable(id);
    const person = this.#options.personOf(id);
    const isContact =
      person !== undefined && this.#options.people.edgeSinceMs(person) !== undefined;
    if (isContact && this.settings.findable) this.#finder.tell(id);
  }

  /** Says what is decided to all contacts in reach, once it is on disk. */
  override setSettings(
    settings: StrangerSettings,
    done: (error: ContactsError | null) => void,
  ): void {
    const before = this.settings;
    super.setSettings(settings, (error) => {
      if (before.findable !== this.settings.findable) this.#tellAll();
      done(error);
    });
  }

  /** The same for what was decided on another own device. */
  override takeFromOwn(
    word: Pick<TrayWord, "held" | "settings">,
    done: (error: ContactsError | null) => void,
  ): void {
    const before = this.settings;
    super.takeFromOwn(word, (error) => {
      if (before.findable !== this.settings.findable) this.#tellAll();
      done(error);
    });
  }

  /**
   * Knocks at a device of a member of a common group. Errors: "too-long", "unreachable", "refused".
   * @param said the token is that of an invite of one's own
   */
  knock(
    own: Introduced,
    at: { readonly groupId: Uint8Array; readonly device: PeerId },
    said: { readonly text: string; readonly token: Uint8Array },
    done: (error: ContactsError | null) => void,
  ): void {
    if (utf8(said.text).length > REQUEST_TEXT_BYTES_MAX) {
      const words = `The text is longer than ${REQUEST_TEXT_BYTES_MAX} bytes. Make it shorter.`;
      done(new ContactsError("too-long", words));
      return;
    }
    const { signKey: k, dhKey: d, devices, name: n } = own;
    const i = this.#random.bytes(INTRODUCTION_ID_BYTES);
    const person = { i, k, d, l: [...devices], n, o: said.token, x: said.text };
    this.#finder.put(at.device, { t: "knock", ...person, g: at.groupId }, (answer) => {
      if (answer?.t === "taken") this.#keepKnock(i, at.device, done);
      else if (answer === undefined) {
        done(new ContactsError("unreachable", "Their device does not answer. Try again later."));
      } else {
        const words = "They take no more requests from this group now. Try again in a few days.";
        done(new ContactsError("refused", words));
      }
    });
  }

  #keepKnock(i: Uint8Array, device: PeerId, done: (error: ContactsError | null) => void): void {
    const person = this.#options.personOf(device);
    if (person === undefined) {
      done(null);
      return;
    }
    this.knocked(toHex(i), person, (error) => {
      // They have it: knocking once more because this disk is full would help nobody.
      if (error !== null) this.#options.log.warn("knock not kept", { code: error.code });
      done(null);
    });
  }

  /**
   * Asks to be introduced to the person with this key, over contacts of contacts. Errors:
   * "no-way", and those of `ask`.
   */
  askFor(
    own: Introduced,
    target: { readonly personId: PersonId; readonly signKey: Uint8Array },
    said: { readonly text: string; readonly token: Uint8Array },
    done: (error: ContactsError | null) => void,
  ): void {
    const { suite, clock } = this.#options;
    const tag = tagOf(suite, target.signKey, clock.wallMs());
    this.#finder.find(tag, (by) => {
      if (by !== undefined) this.ask(own, { by, tag, about: target.personId }, said, done);
      else {
        const words =
          "No contact of yours knows a way to them that they have opened. Ask somebody to introduce you.";
        done(new ContactsError("no-way", words));
      }
    });
  }

  /** Sessions with this peer cannot be had any more. */
  peerUnreachable(id: PeerId): void {
    this.#inReach.delete(id);
    this.#courier.peerUnreachable(id);
    this.unreachable(id);
  }

  /** A contact is new or has changed: there may be something to tell its devices. */
  contactChanged(person: PersonId): void {
    this.settleKnown();
    for (const device of this.#options.devicesOf(person)) this.#courier.hurry(device);
  }

  override nextDeadlineMs(): number {
    const ownMs = Math.min(super.nextDeadlineMs(), this.#courier.nextDeadlineMs());
    return Math.min(ownMs, this.#finder.nextDeadlineMs());
  }

  override tick(): void {
    super.tick();
    this.#courier.tick();
    this.#finder.tick();
  }

  #tellAll(): void {
    for (const [person] of this.#options.contacts()) {
      for (const device of this.#options.devicesOf(person)) {
        if (this.#inReach.has(device)) this.#finder.tell(device);
      }
    }
  }

  /** Searches are answered here, everything else by the room. */
  #hear(
    from: PersonId,
    question: StrangerQuestion,
    answer: (answer: StrangerAnswer | undefined) => void,
  ): void {
    if (question.t !== "find" && question.t !== "open") {
      this.asked(from, question, answer);
    } else if (this.#options.people.edgeSinceMs(from) === undefined) answer(undefined);
    else if (question.t === "open") {
      this.#finder.setFindable(from, question.f);
      answer({ t: "taken" });
    } else {
      this.#finder.asked(from, question.g, question.h, (h) => {
        answer(h === undefined ? { t: "refused", r: "unknown" } : { t: "found", h });
      });
    }
  }
}
