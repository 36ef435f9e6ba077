import { toHex } from "../../base/bytes.ts";
import type { PeerId, PeerRecord } from "../../identity/index.ts";
import type { Timed } from "../../ports/index.ts";
import type { SessionPort, Stream, StreamEvents } from "../../session/index.ts";
import type { Desk } from "../desk.ts";
import type { Letters } from "../letters.ts";
import { encodeTags } from "./agreements.ts";
import { Giving, type GivingDesk } from "./giving.ts";
import { CARRY_TAGS_MS, TAKINGS_MAX } from "./limits.ts";
import type { Meetings } from "./meetings.ts";
import { OwnParcels } from "./own-parcels.ts";
import { type Address, type Parcel, parcelId } from "./parcel.ts";
import { CARRY_SERVICE, type Fate, type Offered, type Reply } from "./protocol.ts";
import { Stock, type StockOptions } from "./stock.ts";
import type { TakenDone } from "./taking.ts";
import { Taking, type TakingDesk } from "./taking.ts";

/** By how much a courier must have the better chance to be handed the last copy, of 1,000. */
const CHANCE_MARGIN = 250;

/** How long what could not be dropped is left alone, in milliseconds. */
const SWEEP_EVERY_MS = 60_000;

/** Parcels for this device of which is remembered that they have arrived. */
const ARRIVED_MAX = 16_384;

/** What the carrying of letters by others is made of. */
export interface CarriageOptions extends StockOptions {
  readonly sessions: SessionPort;
  readonly desk: Desk;
  readonly letters: Letters;
  readonly meetings: Meetings;
  /** Whether letters to this device go to it directly now. */
  readonly isReachable: (device: PeerId) => boolean;
}

/**
 * Gives letters to those who hold or carry them, takes what others hand over, and hands on what is
 * here to whoever it is for.
 */
export class Carriage implements Timed, GivingDesk, TakingDesk {
  readonly stock: Stock;
  readonly own: OwnParcels;
  readonly #options: CarriageOptions;
  readonly #givings = new Map<PeerId, Giving>();
  readonly #takings = new Map<PeerId, Taking>();
  readonly #reachable = new Set<PeerId>();
  /** What each device in reach was offered since it came. */
  readonly #offered = new Map<PeerId, Set<string>>();
  /** Devices that have come into reach and may be asked to carry. */
  readonly #encounters = new Set<PeerId>();
  readonly #toldTags = new Map<PeerId, { readonly hash: string; readonly atMs: number }>();
  readonly #arrived = new Set<string>();
  /** Devices in reach that brought letters, and of whom: the word that they have come goes back by them. */
  readonly #brought = new Map<PeerId, Set<PeerId>>();
  /** Copies that go along with a parcel under way, by device and parcel. */
  readonly #giving = new Map<string, number>();

  /** Monotonic time from which on what is too old is dropped. */
  #nextSweepMs = 0;

  constructor(options: CarriageOptions) {
    this.#options = options;
    this.stock = new Stock(options);
    this.own = new OwnParcels(options);
    options.directory.add(options.self);
  }

  /** From now on others may bring parcels. */
  serve(): void {
    const { directory, anchors, ledger } = this.#options;
    // Whoever is away is meant by what is offered all the same.
    for (const device of anchors.owners()) directory.add(device);
    for (const device of ledger.kept.pairs.keys()) directory.add(device);
    this.#options.sessions.serve(CARRY_SERVICE, (stream, from) => this.#accept(stream, from));
  }

  /** A session with this device is possible now. */
  peerReachable(device: PeerId): void {
    this.#meet(device);
    this.#options.meetings.met(device);
    this.#reachable.add(device);
    this.#encounters.add(device);
    this.look(device);
  }

  /** Sessions with this device cannot be had any more. */
  peerUnreachable(device: PeerId): void {
    this.#reachable.delete(device);
    this.#encounters.delete(device);
    this.#offered.delete(device);
    this.#brought.delete(device);
    this.#toldTags.delete(device);
    this.#givings.get(device)?.drop();
  }

  /** What waits for a device has changed: those who hold letters for it may get some. */
  waitingChanged(device: PeerId): void {
    if (this.#options.isReachable(device)) return;
    for (const anchor of this.#options.anchors.anchorsOf(device)) this.look(anchor);
  }

  /** There may be something to give to a device. */
  look(device: PeerId): void {
    if (!this.#reachable.has(device)) return;
    const giving = this.#givings.get(device);
    if (giving !== undefined) {
      giving.poke();
      return;
    }
    const isDue = this.#tagsDue(device) !== undefined || this.#candidates(device, 1).length > 0;
    if (!isDue) {
      this.#encounters.delete(device);
      return;
    }
    let isOver = false;
    const begun = new Giving({ ...this.#options, desk: this }, device, () => {
      isOver = true;
      this.#givings.delete(device);
    });
    if (!isOver) this.#givings.set(device, begun);
  }

  nextDeadlineMs(): number {
    let nextMs = Math.max(this.#nextSweepMs, this.stock.held.firstExpiryMs());
    for (const { deadlineMs } of this.#givings.values()) nextMs = Math.min(nextMs, deadlineMs);
    for (const { deadlineMs } of this.#takings.values()) nextMs = Math.min(nextMs, deadlineMs);
    for (const anchor of this.#options.anchors.mine()) {
      const told = this.#toldTags.get(anchor);
      if (told !== undefined) nextMs = Math.min(nextMs, told.atMs + CARRY_TAGS_MS);
    }
    return nextMs;
  }

  tick(): void {
    const nowMs = this.#nowMs();
    if (nowMs >= this.#nextSweepMs) this.#sweep(nowMs);
    for (const giving of [...this.#givings.values()]) if (nowMs >= giving.deadlineMs) giving.drop();
    for (const taking of [...this.#takings.values()]) if (nowMs >= taking.deadlineMs) taking.drop();
    for (const anchor of this.#options.anchors.mine()) {
      const told = this.#toldTags.get(anchor);
      if (told === undefined || nowMs < told.atMs + CARRY_TAGS_MS) continue;
      if (this.#tagsDue(anchor) !== undefined) this.look(anchor);
      // The same tags as before, or no stream to be had now.
      if (this.#toldTags.get(anchor) === told) {
        this.#toldTags.set(anchor, { ...told, atMs: nowMs });
      }
    }
  }

  /** Drops what is too old; where the disk fails, it is tried again, but not at once. */
  #sweep(nowMs: number): void {
    const expired = this.stock.held.expired().map(({ id }) => id);
    if (expired.length > 0) this.#nextSweepMs = nowMs + SWEEP_EVERY_MS;
    this.stock.drop(expired);
  }

  toOffer(device: PeerId, max: number): readonly Offered[] {
    const found = this.#candidates(device, max);
    const offered = this.#offered.get(device) ?? new Set();
    for (const { id } of found) offered.add(id);
    this.#offered.set(device, offered);
    if (found.length === 0) this.#encounters.delete(device);
    return found;
  }

  toGive(device: PeerId, reply: Reply, done: (parcel: Parcel | undefined) => void): void {
    const { id, word } = reply;
    const held = this.stock.held.get(id);
    const address = held?.address ?? this.own.addressOf(id);
    if (address === undefined || word === "no" || word === "done") {
      const isTheirs = address && this.#isRecipient(address, device);
      if (word === "done" && isTheirs && held) this.stock.drop([id]);
      done(undefined);
      return;
    }
    const copies = held?.copies ?? this.own.copiesOf(id);
    const given = this.#copiesFor(device, address, reply, copies, held !== undefined);
    if (given === 0) {
      done(undefined);
      return;
    }
    this.#giving.set(`${device} ${id}`, given);
    const withCopies = (parcel: Parcel | undefined): void =>
      done(parcel && { ...parcel, copies: given });
    if (held !== undefined) this.stock.read(id, withCopies);
    else this.own.read(id, withCopies);
  }

  given(device: PeerId, id: string, fate: Fate): void {
    const name = `${device} ${id}`;
    const copies = this.#giving.get(name) ?? 1;
    this.#giving.delete(name);
    const held = this.stock.held.get(id);
    if (fate === "refused") return;
    if (held === undefined) {
      if (fate === "kept") this.own.given(id, device, copies);
      return;
    }
    // Only its recipient knows that it has arrived; anybody else may be lying.
    if (fate === "done" && this.#isRecipient(held.address, device)) this.stock.drop([id]);
    else if (!this.#isFor(held.address, device)) {
      // An anchor has promised to hold it: it gives copies away, never its own.
      const least = held.account.t === "owner" ? 1 : 0;
      const left = Math.max(least, held.copies - copies);
      if (left === 0) this.stock.drop([id]);
      else if (left < held.copies) this.stock.share(id, left);
    }
  }

  tagsFor(device: PeerId): readonly number[] | undefined {
    const due = this.#tagsDue(device);
    if (due !== undefined) this.#toldTags.set(device, { hash: due.hash, atMs: this.#nowMs() });
    return due?.tags;
  }

  replyTo(from: PeerId, { id, address }: Offered): Reply {
    const { self, directory, anchors } = this.#options;
    const devices = directory.find(address);
    const reply = (word: Reply["word"], chance = 0): Reply => ({ id, word, chance });
    if (devices[0] === self) return reply(this.#arrived.has(id) ? "done" : "yes");
    if (this.stock.held.get(id) !== undefined || this.own.addressOf(id)) return reply("no");
    const owner = devices[0];
    if (owner !== undefined && anchors.termsOf(owner)) return reply("yes");
    if (devices.includes(from)) return reply("no");
    const chance = this.#chance(devices);
    return chance > 0 ? reply("maybe", chance) : reply("no");
  }

  take(from: PeerId, parcel: Parcel, done: TakenDone): void {
    const { suite, directory, self } = this.#options;
    const id = parcelId(suite, parcel.frame);
    if (directory.find(parcel.address)[0] === self) {
      this.#takeOwn(from, id, parcel, done);
      return;
    }
    if (this.stock.held.get(id) !== undefined) {
      done(id, "kept");
      return;
    }
    const place = this.stock.placeFor(parcel, from);
    if (place === undefined) done(id, "refused");
    else {
      this.stock.keep(id, parcel, place, (error) => {
        done(id, error === null ? "kept" : "refused");
        if (error === null) for (const device of this.#reachable) this.#offerTo(device, parcel);
      });
    }
  }

  takeTags(from: PeerId, tags: readonly number[]): void {
    const { anchors } = this.#options;
    if (anchors.termsOf(from) === undefined) return;
    anchors.takeTags(from, tags, (error) => {
      if (error === null) this.stock.expectAnew(from);
    });
  }

  /** Whoever a parcel is for gets it at once where they are in reach. */
  #offerTo(device: PeerId, { address }: Parcel): void {
    if (this.#isFor(address, device)) this.look(device);
  }

  #takeOwn(from: PeerId, id: string, parcel: Parcel, done: TakenDone): void {
    const { desk, isReachable } = this.#options;
    desk.takeFrame(parcel.frame, undefined, (error, intaken) => {
      if (error === null) this.#noteArrival(id);
      done(id, error === null ? "done" : "refused", intaken?.outcome === "repeated");
      const sender = intaken?.device;
      if (error !== null || sender === undefined || isReachable(sender)) return;
      // Nothing else tells a sender out of reach that it has arrived. What only acknowledges is not
      // acknowledged itself: both sides would answer each other for as long as a courier stands between.
      if (intaken?.isLetter !== true) return;
      const senders = this.#brought.get(from) ?? new Set();
      this.#brought.set(from, senders.add(sender));
      desk.acknowledge(sender, () => this.look(from));
    });
  }

  #noteArrival(id: string): void {
    this.#arrived.add(id);
    for (const oldest of this.#arrived) {
      if (this.#arrived.size <= ARRIVED_MAX) break;
      this.#arrived.delete(oldest);
    }
  }

  #candidates(device: PeerId, max: number): readonly Offered[] {
    const offered = this.#offered.get(device);
    const isEncounter = this.#encounters.has(device);
    const found: Offered[] = [];
    for (const { id, address, copies, isAnchors } of this.#parcels()) {
      if (found.length >= max) break;
      if (offered?.has(id) === true || this.own.isWith(id, device)) continue;
      const mayCarry = isEncounter && (copies > 1 || !isAnchors);
      const isWanted = mayCarry || this.#isFor(address, device) || this.#goesBack(address, device);
      if (isWanted) found.push({ id, address });
    }
    return found;
  }

  /** What is here for others to take: our own letters first. */
  *#parcels(): Iterable<{ id: string; address: Address; copies: number; isAnchors: boolean }> {
    for (const { id, address } of this.own.all()) {
      yield { id, address, copies: this.own.copiesOf(id), isAnchors: true };
    }
    for (const { id, address, copies, account } of this.stock.held.all()) {
      yield { id, address, copies, isAnchors: account.t === "owner" };
    }
  }

  /** Whether a device is the recipient, or holds letters for it. */
  #isFor(address: Address, device: PeerId): boolean {
    return this.#options.directory.find(address).includes(device);
  }

  #isRecipient(address: Address, device: PeerId): boolean {
    return this.#options.directory.find(address)[0] === device;
  }

  /** Whether a parcel is for somebody of whom this device has brought letters. */
  #goesBack(address: Address, device: PeerId): boolean {
    const [recipient] = this.#options.directory.find(address);
    return recipient !== undefined && this.#brought.get(device)?.has(recipient) === true;
  }

  /** Copies to give away: one to whom it is for, half of them to a better courier, all of a last one. */
  #copiesFor(
    device: PeerId,
    address: Address,
    { word, chance }: Reply,
    copies: number,
    isCourier: boolean,
  ): number {
    // Who has never heard from the recipient knows none of its anchors: one of the copies goes there.
    const knowsNone = address.hints.length === 1 && copies > 1;
    if (word === "yes") return knowsNone || this.#isFor(address, device) ? 1 : 0;
    if (this.#goesBack(address, device)) return 1;
    const ours = this.#chance(this.#options.directory.find(address));
    if (copies > 1) return chance > ours ? copies >> 1 : 0;
    // A last copy moves on only to somebody who is clearly better, or it would go to and fro.
    return isCourier && chance > ours + CHANCE_MARGIN ? 1 : 0;
  }

  #chance(devices: readonly (PeerId | undefined)[]): number {
    let best = 0;
    for (const device of devices) {
      if (device !== undefined) best = Math.max(best, this.#options.meetings.chance(device));
    }
    return best;
  }

  #tagsDue(
    device: PeerId,
  ): { readonly tags: readonly number[]; readonly hash: string } | undefined {
    const { anchors, suite } = this.#options;
    if (!anchors.mine().includes(device)) return undefined;
    const told = this.#toldTags.get(device);
    if (told !== undefined && this.#nowMs() < told.atMs + CARRY_TAGS_MS) return undefined;
    const tags = anchors.ownTags();
    const hash = toHex(suite.sha256(encodeTags(tags)));
    return told?.hash === hash ? undefined : { tags, hash };
  }

  #accept(stream: Stream, from: PeerRecord): StreamEvents | undefined {
    this.#takings.get(from.id)?.drop();
    if (this.#takings.size >= TAKINGS_MAX && !this.#makeRoom(from.id)) return undefined;
    this.#meet(from.id);
    const taking = new Taking({ ...this.#options, desk: this }, stream, from.id, (over) => {
      if (this.#takings.get(from.id) === over) this.#takings.delete(from.id);
    });
    this.#takings.set(from.id, taking);
    return taking;
  }

  /** Strangers, of whom there may be any number, give way to contacts. */
  #makeRoom(from: PeerId): boolean {
    const isStranger = (device: PeerId): boolean =>
      this.#options.correspondents.personOf(device) === undefined;
    const stranger = isStranger(from) ? undefined : [...this.#takings.keys()].find(isStranger);
    if (stranger !== undefined) this.#takings.get(stranger)?.drop();
    return stranger !== undefined;
  }

  #meet(device: PeerId): void {
    const { directory, correspondents } = this.#options;
    if (correspondents.personOf(device) === undefined) directory.meet(device);
    else directory.add(device);
  }

  #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }
}
