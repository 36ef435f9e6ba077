import type { LocalIdentity, PeerId, PeerRecord, PersonId } from "../../identity/index.ts";
import type { Clock, DiskError, Log, Random, RecordStore, Timed } from "../../ports/index.ts";
import type { SessionPort } from "../../session/index.ts";
import { Changes, type Plan } from "../changes.ts";
import { Courier, type CourierDesk } from "../courier.ts";
import { ContactsError } from "../errors.ts";
import { PictureBook, type PictureHead } from "./book.ts";
import { CHANGE_EVERY_MS, FELLOW_PICTURES_MAX, PICTURE_BYTES_MAX, PICTURES_MAX } from "./limits.ts";
import { PICTURE_TALK, type PictureAnswer, type PictureOffer } from "./protocol.ts";

/** What the pictures are made of. */
export interface PicturesOptions {
  readonly identity: LocalIdentity;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly records: RecordStore;
  readonly sessions: SessionPort;
  /** Whose device a peer is, as its record says. */
  readonly personOf: (peer: PeerId) => PersonId | undefined;
  /** Whether somebody was met, and is not blocked. */
  readonly isMet: (person: PersonId) => boolean;
  /** Whether somebody is in a group with this person, and is not blocked; they and who was met get a picture, and have one taken. */
  readonly isFellow: (person: PersonId) => boolean;
  /** Whether somebody is a contact, met or blocked, or in a group with this person: of all others nothing is kept. */
  readonly isKept: (person: PersonId) => boolean;
  readonly events: {
    /** Somebody's picture is another one now, or the own one; persisted. */
    onPictureChanged(person: PersonId): void;
  };
}

type Done = (error: ContactsError | null) => void;
const NO_PICTURE = new Uint8Array(0);

/**
 * Pictures that people show of themselves: small JPEGs that go to contacts who were met, to members of the same group,
 * and between the devices of one person. A device offers its person's picture to whoever may have it, and gives it to those who have an older
 * one. Of two of one person the later counts. Call `load` first.
 */
export class Pictures implements Timed, CourierDesk<PictureOffer, PictureAnswer> {
  readonly #options: PicturesOptions;
  readonly #book = new PictureBook();
  readonly #changes: Changes;
  readonly #courier: Courier<PictureOffer, PictureAnswer>;
  readonly #own: PersonId;
  /** The own picture, kept at hand: it is given again and again. */
  #bytes: Uint8Array = NO_PICTURE;
  /** Devices in reach, and which own picture they have: 0 where they have not said. */
  readonly #told = new Map<PeerId, number>();
  /** Which own picture was offered last to each: an answer speaks of that one. */
  readonly #offered = new Map<PeerId, number>();
  /** Devices that asked for the own picture. */
  readonly #wanted = new Set<PeerId>();
  /** When the last one of somebody was taken, on the monotonic clock. */
  readonly #takenMs = new Map<PersonId, number>();

  constructor(options: PicturesOptions) {
    this.#options = options;
    this.#own = options.identity.person.personId;
    this.#changes = new Changes(options.records);
    const random = options.random.fork("pictures");
    this.#courier = new Courier(PICTURE_TALK, options, random, this);
  }

  /** Reads what is stored; every other call comes after `done(null)`. */
  load(done: (error: DiskError | null) => void): void {
    const { records } = this.#options;
    this.#book.load(records, (error) => {
      if (error !== null) {
        done(error);
        return;
      }
      this.#book.read(records, this.#own, (failed, bytes) => {
        this.#bytes = bytes;
        if (failed === null) {
          this.#courier.serve();
          // Contacts may have been deleted while the disk was full.
          for (const person of this.#book.people()) {
            if (!this.#options.isKept(person)) this.#forget(person);
          }
        }
        done(failed);
      });
    });
  }

  /** What is known of somebody's picture; undefined where there is none, or it is not to be shown. */
  head(person: PersonId): PictureHead | undefined {
    const head = this.#book.get(person);
    return head === undefined || head.sizeBytes === 0 || !this.#isShown(person) ? undefined : head;
  }

  /** Somebody's picture, a JPEG of up to PICTURE_BYTES_MAX bytes; undefined where there is none to show. */
  read(
    person: PersonId,
    done: (error: DiskError | null, jpeg: Uint8Array | undefined) => void,
  ): void {
    if (this.head(person) === undefined) {
      done(null, undefined);
      return;
    }
    this.#book.read(this.#options.records, person, (error, bytes) =>
      done(error, error === null && bytes.length > 0 ? bytes : undefined),
    );
  }

  /**
   * Shows this picture of the own person from now on; undefined: none. Errors: "bad-picture", "disk-full", "disk",
   * "busy".
   */
  set(jpeg: Uint8Array | undefined, done: Done): void {
    const bytes = jpeg ?? NO_PICTURE;
    const decide = (): Plan => {
      if (bytes.length > 0) checkPicture(bytes);
      const { clock } = this.#options;
      const atMs = Math.max(clock.wallMs(), (this.#book.get(this.#own)?.atMs ?? 0) + 1);
      return this.#planPut(this.#own, atMs, bytes);
    };
    this.#changes.make(decide, done);
  }

  /** Somebody was met, blocked, let in again or deleted: who is no contact any more is forgotten. */
  contactChanged(person: PersonId): void {
    if (!this.#options.isKept(person)) {
      this.#forget(person);
      return;
    }
    for (const peer of this.#told.keys()) {
      if (this.#options.personOf(peer) === person) this.#courier.hurry(peer);
    }
  }

  /** Somebody came into a group of this person, or is in none any more. */
  fellowsChanged(): void {
    for (const person of this.#book.people()) {
      if (!this.#options.isKept(person)) this.#forget(person);
    }
    for (const peer of this.#told.keys()) {
      if (this.questionFor(peer) !== undefined) this.#courier.hurry(peer);
    }
  }

  #forget(person: PersonId): void {
    if (person === this.#own || this.#book.get(person) === undefined) return;
    const writes = this.#book.planDrop(person);
    const plan = { writes, apply: () => this.#book.apply(person, undefined) };
    this.#takenMs.delete(person);
    this.#changes.make(
      () => plan,
      (error) => {
        if (error !== null) this.#options.log.warn("picture not forgotten", { code: error.code });
      },
    );
  }

  peerReachable(id: PeerId): void {
    this.#told.set(id, 0);
    this.#courier.peerReachable(id);
  }

  peerUnreachable(id: PeerId): void {
    this.#told.delete(id);
    this.#offered.delete(id);
    this.#wanted.delete(id);
    this.#courier.peerUnreachable(id);
  }

  nextDeadlineMs(): number {
    return this.#courier.nextDeadlineMs();
  }

  tick(): void {
    this.#courier.tick();
  }

  /** What there is to tell a device, if anything. */
  questionFor(peer: PeerId): PictureOffer | undefined {
    const head = this.#book.get(this.#own);
    const person = this.#options.personOf(peer);
    if (head === undefined || person === undefined || !this.#isShown(person)) return undefined;
    const told = this.#told.get(peer);
    if (told === undefined || told >= head.atMs) return undefined;
    this.#offered.set(peer, head.atMs);
    return this.#wanted.has(peer)
      ? { t: "give", a: head.atMs, b: this.#bytes }
      : { t: "have", a: head.atMs };
  }

  /** A device answered. */
  answered(peer: PeerId, answer: PictureAnswer, done: (settled: boolean) => void): void {
    // Whoever asks for it once more after it was given is told of it again later.
    const isAsked = answer.t === "want" && !this.#wanted.has(peer);
    this.#wanted.delete(peer);
    if (isAsked) this.#wanted.add(peer);
    const offered = this.#offered.get(peer);
    if (answer.t === "same" && offered !== undefined) this.#told.set(peer, offered);
    done(answer.t === "same" || isAsked);
    if (isAsked) this.#courier.hurry(peer);
  }

  /** A device tells of its person's picture, or gives it. */
  asked(
    from: PeerRecord,
    offer: PictureOffer,
    answer: (answer: PictureAnswer | undefined) => void,
  ): void {
    const { personId } = from.person;
    if (!this.#isShown(personId)) {
      answer(undefined);
      return;
    }
    if (!this.#isNews(personId, offer.a)) {
      answer({ t: "same" });
      return;
    }
    if (offer.t === "have") {
      answer({ t: "want" });
      return;
    }
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs < (this.#takenMs.get(personId) ?? Number.NEGATIVE_INFINITY) + CHANGE_EVERY_MS) {
      answer(undefined);
      return;
    }
    const decide = (): Plan | undefined => {
      if (!this.#isNews(personId, offer.a)) return undefined;
      if (offer.b.length > 0) checkPicture(offer.b);
      return this.#planPut(personId, offer.a, offer.b);
    };
    this.#takenMs.set(personId, nowMs);
    this.#changes.make(decide, (error) => {
      if (error !== null) this.#options.log.warn("picture not kept", { code: error.code });
      answer(error === null ? { t: "same" } : undefined);
    });
  }

  /** Whether this is another picture than the one that is kept, and there is room for it. */
  #isNews(person: PersonId, atMs: number): boolean {
    const known = this.#book.get(person);
    if (known !== undefined) return atMs > known.atMs;
    // Members of large groups leave room for contacts.
    const most = this.#options.isMet(person) ? PICTURES_MAX : FELLOW_PICTURES_MAX;
    return person === this.#own || this.#book.size < most;
  }

  #isShown(person: PersonId): boolean {
    const { isMet, isFellow } = this.#options;
    return person === this.#own || isMet(person) || isFellow(person);
  }

  #planPut(person: PersonId, atMs: number, bytes: Uint8Array): Plan {
    return {
      writes: this.#book.planPut(person, atMs, bytes),
      apply: () => {
        this.#book.apply(person, { atMs, sizeBytes: bytes.length });
        if (person === this.#own) this.#ownChanged(bytes);
        this.#options.events.onPictureChanged(person);
      },
    };
  }

  #ownChanged(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#wanted.clear();
    for (const peer of this.#told.keys()) this.#courier.hurry(peer);
  }
}

/** @throws ContactsError("bad-picture") for what is no small JPEG by its length and first bytes */
function checkPicture(bytes: Uint8Array): void {
  const isJpeg = bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
  if (isJpeg && bytes.length <= PICTURE_BYTES_MAX) return;
  throw new ContactsError(
    "bad-picture",
    `A picture of somebody is a JPEG of up to ${PICTURE_BYTES_MAX} bytes.`,
  );
}
