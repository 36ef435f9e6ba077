import type { CryptoSuite } from "../../crypto/index.ts";
import type { PeerId } from "../../identity/index.ts";
import type { Clock, Log, RecordStore } from "../../ports/index.ts";
import { WireError } from "../../wire/index.ts";
import type { MessagesError } from "../errors.ts";
import type { Ledger } from "../ledger.ts";
import type { RatchetDoor } from "../ratchet/types.ts";
import type { Correspondents } from "../types.ts";
import type { Anchors } from "./anchors.ts";
import type { HintDirectory } from "./directory.ts";
import {
  type Account,
  decodeHeld,
  HELD,
  type Held,
  HeldParcels,
  type HeldRecord,
  heldKey,
  heldWrite,
} from "./held.ts";
import {
  COURIER_BYTES_MAX,
  COURIER_LIFE_MS,
  EDGE_BYTES_MAX,
  FIRST_SHARE,
  LIFE_AFTER_STOP_MS,
  PARCEL_BYTES_MIN,
  STRANGER_SHARE,
} from "./limits.ts";
import type { Address, Parcel } from "./parcel.ts";

const DAY_MS = 86_400_000;

/** What the stock is made of. */
export interface StockOptions {
  /** This device. */
  readonly self: PeerId;
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly log: Log;
  readonly records: RecordStore;
  readonly ledger: Ledger;
  readonly ratchet: RatchetDoor;
  readonly correspondents: Correspondents;
  readonly anchors: Anchors;
  readonly directory: HintDirectory;
}

/** Parcels that are here for others: as their anchor, or as a courier. */
export class Stock {
  readonly held: HeldParcels;
  readonly #options: StockOptions;

  constructor(options: StockOptions) {
    this.#options = options;
    this.held = new HeldParcels(options.clock);
  }

  /** Takes what the disk has; damaged parcels are told to the log and left out. */
  load(found: readonly { key: string; value: Uint8Array }[]): void {
    const { log } = this.#options;
    for (const { key, value } of found) {
      try {
        this.#loadOne(key.slice(HELD.length), decodeHeld(value));
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
        log.warn("held parcel damaged", { key });
      }
    }
  }

  #loadOne(id: string, { account, lifeMs, wallMs, parcel }: HeldRecord): void {
    const nowMs = this.#options.clock.wallMs();
    const ageMs = parcel.ageMs + Math.max(0, nowMs - wallMs);
    const lateMs = lifeMs - LIFE_AFTER_STOP_MS;
    // A clock that is years off must not throw everything away at once. But once only: whoever is
    // started anew every day would keep what has long arrived.
    const isSpared = ageMs > lateMs && parcel.ageMs < lateMs;
    const aged = { ...parcel, ageMs: isSpared ? lateMs : ageMs };
    this.held.put(this.#heldOf(id, account, lifeMs, aged));
    if (isSpared || nowMs < wallMs) this.keep(id, aged, { account, lifeMs }, () => undefined);
  }

  /** The device that holds letters for itself here and expects this parcel, if there is one. */
  ownerOf(address: Address): PeerId | undefined {
    const [recipient] = this.#options.directory.find(address);
    return recipient !== undefined && this.#options.anchors.termsOf(recipient) !== undefined
      ? recipient
      : undefined;
  }

  /** In whose name a parcel would be taken, and for how long; undefined where it would not. */
  placeFor(parcel: Parcel, from: PeerId): { account: Account; lifeMs: number } | undefined {
    if (this.held.isFull) return undefined;
    const owner = this.ownerOf(parcel.address);
    if (owner !== undefined) return this.#placeWithOwner(parcel, owner);
    return this.#placeAsCourier(parcel, from);
  }

  /** Keeps a parcel; `done` comes once it is on disk. */
  keep(
    id: string,
    parcel: Parcel,
    place: { readonly account: Account; readonly lifeMs: number },
    done: (error: MessagesError | null) => void,
  ): void {
    const { account, lifeMs } = place;
    const wallMs = this.#options.clock.wallMs();
    const held = this.#heldOf(id, account, lifeMs, parcel);
    this.#options.ledger.change((draft) => {
      const { key, value } = heldWrite(id, { account, lifeMs, wallMs, parcel });
      draft.write(key, value);
      draft.onCommit(() => this.held.put(held));
    }, done);
  }

  /** Lets go of parcels: delivered, too old, or no longer expected. */
  drop(ids: readonly string[], done: () => void = () => undefined): void {
    if (ids.length === 0) {
      done();
      return;
    }
    this.#options.ledger.change(
      (draft) => {
        for (const id of ids) draft.write(heldKey(id), null);
        draft.onCommit(() => {
          for (const id of ids) this.held.remove(id);
        });
      },
      () => done(),
    );
  }

  /** Gives copies away: `copies` of them stay here. */
  share(id: string, copies: number): void {
    this.read(id, (parcel) => {
      const held = this.held.get(id);
      if (parcel === undefined || held === undefined) return;
      const { account, lifeMs } = held;
      this.keep(id, { ...parcel, copies }, { account, lifeMs }, () => undefined);
    });
  }

  /** The parcel with its frame, as old as it is now; undefined where it is gone. */
  read(id: string, done: (parcel: Parcel | undefined) => void): void {
    this.#options.records.scan(heldKey(id), (error, [found]) => {
      const held = this.held.get(id);
      if (error !== null || found === undefined || held === undefined) {
        done(undefined);
        return;
      }
      try {
        const { parcel } = decodeHeld(found.value);
        done({ ...parcel, copies: held.copies, ageMs: this.#nowMs() - held.bornMs });
      } catch (cause) {
        if (!(cause instanceof WireError)) throw cause;
        done(undefined);
      }
    });
  }

  /** An owner has said anew what it expects: what it does not expect any more has arrived. */
  expectAnew(owner: PeerId): void {
    const gone: string[] = [];
    for (const { id, account, tag } of this.held.all()) {
      const isOwners = account.t === "owner" && account.device === owner;
      if (isOwners && tag !== undefined && !this.#options.anchors.expects(owner, tag))
        gone.push(id);
    }
    this.drop(gone);
  }

  /** Drops what is held for an owner or carried for a contact. */
  dropAccount(device: PeerId): void {
    const gone: string[] = [];
    for (const { id, account } of this.held.all()) {
      if (account.t !== "stranger" && account.device === device) gone.push(id);
    }
    this.drop(gone);
  }

  #placeWithOwner(
    { frame, ageMs }: Parcel,
    owner: PeerId,
  ): { account: Account; lifeMs: number } | undefined {
    const { anchors, ratchet, suite } = this.#options;
    const terms = anchors.termsOf(owner);
    const head = ratchet.readFrameHead(suite, frame);
    if (terms === undefined || head === undefined) return undefined;
    const account: Account = { t: "owner", device: owner };
    const lifeMs = terms.days * DAY_MS;
    if (ageMs >= lifeMs) return undefined;
    if (head.kind === "message") {
      const fits = this.held.bytesOf(account) + roomOf(frame) <= terms.bytesMax;
      return fits && anchors.expects(owner, head.tag) ? { account, lifeMs } : undefined;
    }
    const share = terms.bytesMax / FIRST_SHARE;
    return this.#firstBytes(owner) + roomOf(frame) <= share ? { account, lifeMs } : undefined;
  }

  /** Bytes of first contacts that are held for an owner: anybody may have made them. */
  #firstBytes(owner: PeerId): number {
    let bytes = 0;
    for (const { account, tag, sizeBytes } of this.held.all()) {
      if (tag === undefined && account.t === "owner" && account.device === owner)
        bytes += sizeBytes;
    }
    return bytes;
  }

  #placeAsCourier(
    { frame, ageMs }: Parcel,
    from: PeerId,
  ): { account: Account; lifeMs: number } | undefined {
    const { correspondents, ratchet, suite } = this.#options;
    if (ageMs >= COURIER_LIFE_MS || ratchet.readFrameHead(suite, frame) === undefined) {
      return undefined;
    }
    const isByHand = from === this.#options.self;
    const isKnown = isByHand || correspondents.personOf(from) !== undefined;
    const account: Account = isKnown ? { t: "edge", device: from } : { t: "stranger" };
    const known = isByHand ? COURIER_BYTES_MAX : EDGE_BYTES_MAX;
    const room = isKnown ? known : COURIER_BYTES_MAX / STRANGER_SHARE;
    const fits =
      this.held.bytesOf(account) + roomOf(frame) <= room &&
      this.held.courierBytes() + roomOf(frame) <= COURIER_BYTES_MAX;
    return fits ? { account, lifeMs: COURIER_LIFE_MS } : undefined;
  }

  #heldOf(id: string, account: Account, lifeMs: number, parcel: Parcel): Held {
    const { ratchet, suite } = this.#options;
    const head = ratchet.readFrameHead(suite, parcel.frame);
    return {
      id,
      tag: head?.kind === "message" ? head.tag : undefined,
      account,
      address: parcel.address,
      copies: parcel.copies,
      sizeBytes: roomOf(parcel.frame),
      bornMs: this.#nowMs() - parcel.ageMs,
      lifeMs,
    };
  }

  #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }
}

/** Without a least size, tiny frames of a few devices would use up all places for parcels. */
function roomOf(frame: Uint8Array): number {
  return Math.max(PARCEL_BYTES_MIN, frame.length);
}
