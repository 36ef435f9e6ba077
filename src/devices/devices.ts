import { TypedError } from "../base/errors.ts";
import {
  checkName,
  formatAddress,
  type PeerId,
  type PeerRecord,
  type PersonId,
  type PersonPublicKeys,
  personIdOf,
} from "../identity/index.ts";
import type { DiskError, Timed } from "../ports/index.ts";
import { DeviceBook } from "./book.ts";
import { DevicesError } from "./errors.ts";
import { Exchanger } from "./exchange/exchanger.ts";
import type { LoggedDevice } from "./log/evaluate.ts";
import type { DeviceLog } from "./log/log.ts";
import type { DeviceChange } from "./log/op.ts";
import type { DeviceEvent } from "./news.ts";
import { Adding } from "./pairing/adding.ts";
import { Admitting } from "./pairing/admissions.ts";
import { unstage } from "./pairing/staging.ts";
import { Approving } from "./recovery/approving.ts";
import { Keeping } from "./recovery/keeping.ts";
import { Sharing } from "./recovery/sharing.ts";
import type { DevicesOptions } from "./types.ts";

/** A part that reads the disk before it works. */
interface Loadable {
  load(done: (error: DiskError | null) => void): void;
}

type Done = (error: DevicesError | null) => void;

const OUT_WORDS =
  "This device was revoked: it is none of this person's any more, and contacts refuse it. Use another one.";

/**
 * Which devices act for this person and for contacts: signed logs that are the same everywhere in
 * the end, and what follows from them. Call `load` first.
 */
export class Devices implements Timed {
  readonly #options: DevicesOptions;
  readonly #book: DeviceBook;
  readonly #exchanger: Exchanger;
  readonly #admitting: Admitting;
  /** Takes new devices in. */
  readonly adding: Adding;
  /** Shares of this person's words at friends. */
  readonly sharing: Sharing;
  /** Shares of friends' words here. */
  readonly keeping: Keeping;
  /** Gives them back. */
  readonly approving: Approving;

  constructor(options: DevicesOptions) {
    this.#options = options;
    const { suite, clock, log, records, sessions, people, identity } = options;
    const random = options.random.fork("devices");
    const book = new DeviceBook({
      ...{ suite, clock, records, log, salvages: options.salvages ?? false, own: identity.id },
      onChanged: (personId, events) => {
        this.#exchanger.hurry();
        options.events.onDevicesChanged(personId, events);
      },
    });
    this.#book = book;
    this.#exchanger = new Exchanger({
      ...{ suite, clock, random, log, sessions, book },
      own: identity.certificate.signKey,
      personOf: (peer) => people.personOf(peer),
    });
    this.#admitting = new Admitting({
      ...{ identity, suite, clock, records, book },
      copies: () => people.copies(),
    });
    const common = { identity, name: options.name, suite, clock, random, log, sessions };
    this.adding = new Adding({ ...common, admissions: this.#admitting });
    const { entropy } = options.secrets ?? {};
    this.keeping = new Keeping({
      ...{ ...common, records },
      personOf: (record) => (book.stands(record) ? this.#friendOf(record.id) : undefined),
    });
    this.sharing = new Sharing({
      ...{ ...common, records, entropy },
      checkStanding: () => this.checkStanding(),
      personOf: (peer) => {
        const friend = this.#friendOf(peer);
        return friend && personIdOf(suite, friend.signKey);
      },
    });
    this.approving = new Approving(common);
  }

  /** Reads what is stored; a device with the person's key enters itself. */
  load(done: (error: TypedError | null) => void): void {
    const { records, identity } = this.#options;
    unstage(records, identity.person.personId, (error) => {
      if (error !== null) done(error);
      else this.#loadParts([this.#book, this.#admitting, this.sharing, this.keeping], done);
    });
  }

  /** Devices of this person, the most senior first. */
  own(): readonly LoggedDevice[] {
    return inOrder(this.#own);
  }

  /** Devices that a contact's log names, the most senior first; empty where none is known. */
  of(personId: PersonId): readonly LoggedDevice[] {
    const log = this.#book.known(personId);
    return log === undefined ? [] : inOrder(log);
  }

  /** What was new about anybody's devices, oldest first. */
  news(): readonly DeviceEvent[] {
    return this.#book.news();
  }

  /** Whether a device acts for this person no longer, as the person's own log says. */
  isRevoked(device: PeerId, personId: PersonId): boolean {
    return this.#book.isRevoked(device, personId);
  }

  /** Whether this very device was taken out by another one: contacts refuse what comes from it. */
  get isOut(): boolean {
    const { identity } = this.#options;
    return this.#book.isRevoked(identity.id, identity.person.personId);
  }

  /**
   * Revocations in this person's own log, whether they count or not: the number never falls, and a device that was
   * taken out does not know of the last one until it is told.
   */
  get revocations(): number {
    return this.#own.all().filter(({ change }) => change.kind === "revoke").length;
  }

  /** Whether a peer is another device of this person that stands in the log, and this one does, too. */
  isOwn(peer: PeerId): boolean {
    const { id } = this.#options.identity;
    const { devices } = this.#own;
    return peer !== id && !this.isOut && devices.get(peer)?.state === "standing";
  }

  /** @throws DevicesError("revoked") where this very device was taken out */
  checkStanding(): void {
    if (this.isOut) throw new DevicesError("revoked", OUT_WORDS);
  }

  /** Whether a peer is a device of the person that its record names, as far as is known. */
  stands(record: PeerRecord): boolean {
    return this.#book.stands(record);
  }

  /**
   * Names a device of this person.
   * Errors: "unknown-device", "ambiguous", "bad-name", "revoked", "log-full", "disk-full", "disk"
   */
  rename(device: string, name: string, done: Done): void {
    this.#change(
      device,
      () => {
        try {
          checkName(name);
        } catch (cause) {
          if (!(cause instanceof TypedError)) throw cause;
          throw new DevicesError("bad-name", cause.message, { cause });
        }
        if (name.trim() === "") throw new DevicesError("bad-name", "A name needs a character.");
        return { kind: "name", name };
      },
      done,
    );
  }

  /**
   * Takes a device out, for good; it may be this one where another one stands.
   * Errors: "unknown-device", "ambiguous", "already-revoked", "not-senior", "only-device", "revoked"
   * and those of the disk
   */
  revoke(device: string, done: Done): void {
    this.#change(
      device,
      (target) => {
        this.#checkSenior(target);
        this.#checkOthers(target);
        return { kind: "revoke" };
      },
      done,
    );
  }

  /**
   * The device of this person that a name, an address or the beginning of an id means.
   * @throws DevicesError("unknown-device" | "ambiguous")
   */
  find(device: string): LoggedDevice {
    return find(this.#own, device);
  }

  /** Whether this very device has taken another one in, by a link or four words. */
  isAddedHere(device: PeerId): boolean {
    const found = this.#own.devices.get(device);
    return found?.origin === "paired" && found.addedBy === this.#options.identity.id;
  }

  /** Whether this device may take another one of this person out. */
  mayRevoke({ state, peerId, rank }: LoggedDevice): boolean {
    const { identity } = this.#options;
    const self = this.#own.devices.get(identity.id);
    if (state !== "standing") return false;
    if (identity.person.root !== undefined) return true;
    return self?.state === "standing" && (peerId === identity.id || self.rank < rank);
  }

  /** A person is a contact no longer: their log and the share of their words go, too. */
  forget(personId: PersonId, done: Done): void {
    this.#book.forget(personId, (error) => {
      if (error === null) this.keeping.forget(personId, done);
      else done(error);
    });
  }

  /** A contact is new, was met, or has changed. */
  contactChanged(): void {
    this.#exchanger.hurry();
    this.sharing.hurry();
  }

  peerReachable(id: PeerId): void {
    const { identity, people } = this.#options;
    const isOwn = people.personOf(id) === identity.certificate;
    if (isOwn) this.#admitting.ownDeviceSeen(id);
    for (const part of this.#attentive) part.peerReachable(id);
  }

  peerUnreachable(id: PeerId): void {
    for (const part of this.#attentive) part.peerUnreachable(id);
  }

  nextDeadlineMs(): number {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const part of this.#timed) nextMs = Math.min(nextMs, part.nextDeadlineMs());
    return nextMs;
  }

  tick(): void {
    for (const part of this.#timed) part.tick();
  }

  get #timed(): readonly Timed[] {
    const recovery = [this.sharing, this.keeping, this.approving];
    return [this.#exchanger, this.#admitting, this.adding, ...recovery];
  }

  get #attentive(): readonly Pick<Exchanger, "peerReachable" | "peerUnreachable">[] {
    return [this.#exchanger, this.sharing, this.approving];
  }

  get #own(): DeviceLog {
    const { personId, signKey } = this.#options.identity.certificate;
    return this.#book.log(personId, signKey);
  }

  #loadParts(parts: readonly Loadable[], done: (error: TypedError | null) => void): void {
    const [first, ...rest] = parts;
    if (first === undefined) {
      this.#exchanger.serve();
      this.adding.serve();
      this.#enter(done);
      return;
    }
    first.load((error) => {
      if (error === null) this.#loadParts(rest, done);
      else done(error);
    });
  }

  /** The contact whose standing device a peer is. */
  #friendOf(peer: PeerId): PersonPublicKeys | undefined {
    const { people, identity, suite } = this.#options;
    const person = people.personOf(peer);
    if (person === undefined || person === identity.certificate) return undefined;
    return this.#book.isRevoked(peer, personIdOf(suite, person.signKey)) ? undefined : person;
  }

  #enter(done: (error: DiskError | DevicesError | null) => void): void {
    const { identity, name, origin, clock } = this.#options;
    const { root } = identity.person;
    if (root === undefined || this.#own.devices.has(identity.id)) {
      done(null);
      return;
    }
    const change: DeviceChange = { kind: "add", name, ...origin };
    this.#book.change(
      identity.certificate.signKey,
      (log) => [log.sign(root, identity.signKey.publicKey, change, clock.wallMs())],
      done,
    );
  }

  #change(text: string, decide: (target: LoggedDevice) => DeviceChange, done: Done): void {
    const { identity, clock } = this.#options;
    this.#book.change(
      identity.certificate.signKey,
      (log) => {
        const self = log.devices.get(identity.id);
        if (identity.person.root === undefined && self?.state !== "standing") {
          throw new DevicesError("revoked", OUT_WORDS);
        }
        const target = find(log, text);
        const change = decide(target);
        const signer = log.signerFor(identity, change.kind);
        return [log.sign(signer, target.signKey, change, clock.wallMs())];
      },
      done,
    );
  }

  #checkSenior(device: LoggedDevice): void {
    const { name } = device;
    if (device.state !== "standing") {
      throw new DevicesError("already-revoked", `'${name}' is out already.`);
    }
    if (this.mayRevoke(device)) return;
    throw new DevicesError(
      "not-senior",
      `'${name}' was there before this device, so this one cannot revoke it. Do it on a device that ` +
        "was there earlier, or restore with the 24 words on a new device and do it there.",
    );
  }

  /** Who takes out the last device is nobody any more, before another one is there to go on with. */
  #checkOthers({ peerId, name }: LoggedDevice): void {
    const isAnother = ({ state, peerId: other }: LoggedDevice): boolean =>
      state === "standing" && other !== peerId;
    if (inOrder(this.#own).some(isAnother)) return;
    throw new DevicesError(
      "only-device",
      `'${name}' is your only device. Take a new one in first ('peernet device add'), or restore ` +
        "with the 24 words on a new device, and revoke this one there.",
    );
  }
}

/** The device that a person means: by its name, its address, or the beginning of its id. */
function find(log: DeviceLog, text: string): LoggedDevice {
  const wanted = text.trim().toLowerCase();
  const all = inOrder(log);
  const called = all.filter(
    ({ name, peerId }) => name.toLowerCase() === wanted || formatAddress(peerId) === wanted,
  );
  // A new device may be called as one that is out was.
  const standing = called.filter(({ state }) => state === "standing");
  const named = standing.length > 0 ? standing : called;
  const found =
    named.length > 0
      ? named
      : all.filter(({ peerId }) => wanted.length >= ID_PREFIX_MIN && peerId.startsWith(wanted));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  if (only === undefined) {
    const words = `No device of yours is called '${text}'. 'peernet device list' shows them.`;
    throw new DevicesError("unknown-device", words);
  }
  const ids = found.map(({ peerId }) => peerId).join(" or ");
  throw new DevicesError("ambiguous", `'${text}' may be ${ids}. Use more of the id.`);
}

/** Shortest beginning of an id that finds a device, in hexadecimal digits. */
const ID_PREFIX_MIN = 4;

function inOrder(log: DeviceLog): readonly LoggedDevice[] {
  return [...log.devices.values()].sort(
    (a, b) => compare(a.rank, b.rank) || (a.peerId < b.peerId ? -1 : 1),
  );
}

/** Infinity less infinity is no number. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a - b;
}
