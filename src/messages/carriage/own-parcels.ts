import type { CryptoSuite } from "../../crypto/index.ts";
import type { PeerId } from "../../identity/index.ts";
import type { Clock } from "../../ports/index.ts";
import type { Desk } from "../desk.ts";
import type { Item } from "../item.ts";
import type { Draft, Ledger } from "../ledger.ts";
import type { Letters } from "../letters.ts";
import { HOLDERS_PER_LETTER_MAX } from "../limits.ts";
import type { Entry } from "../outbox.ts";
import type { Anchors } from "./anchors.ts";
import { ACKNOWLEDGEMENT_COPIES, COPIES_MAX } from "./limits.ts";
import { type Address, addressOf, type Parcel } from "./parcel.ts";

/** What letters of our own are given to others with. */
export interface OwnParcelsOptions {
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly desk: Desk;
  readonly letters: Letters;
  readonly anchors: Anchors;
  readonly isReachable: (device: PeerId) => boolean;
}

interface Given {
  readonly to: Set<PeerId>;
  copies: number;
}

/** A letter of ours that others may carry. */
export interface OwnParcel {
  readonly id: string;
  readonly address: Address;
  readonly entry: Entry;
}

/** Our own letters that wait for devices out of reach, as parcels. */
export class OwnParcels {
  readonly #options: OwnParcelsOptions;
  /** To whom parcels were given, and how many copies are left, since the start. */
  readonly #given = new Map<string, Given>();
  /** Addresses of letters, made once each. */
  readonly #known = new Map<string, OwnParcel>();

  constructor(options: OwnParcelsOptions) {
    this.#options = options;
  }

  /**
   * All that waits for devices that cannot be reached now.
   * @param evenReachable those that can be reached as well
   */
  *all(evenReachable = false): Iterable<OwnParcel> {
    const { ledger, desk, isReachable } = this.#options;
    for (const [device, outbox] of ledger.kept.outboxes) {
      if (outbox.size === 0 || (isReachable(device) && !evenReachable)) continue;
      for (const entry of outbox.entries()) {
        if (entry.parcel !== undefined && desk.isSealed(entry)) yield this.#parcelOf(entry);
      }
    }
    this.#forget();
  }

  /** The address of a letter of ours that waits; undefined for other parcels. */
  addressOf(id: string): Address | undefined {
    return this.#find(id)?.address;
  }

  /** Copies that may still be given away, the one here counted. */
  copiesOf(id: string): number {
    return this.#given.get(id)?.copies ?? this.#copiesAtStart(id);
  }

  /** Whether a device has the parcel from us. */
  isWith(id: string, device: PeerId): boolean {
    if (this.#given.get(id)?.to.has(device) === true) return true;
    const entry = this.#find(id)?.entry;
    return entry !== undefined && this.#holdersOf(entry).includes(device);
  }

  /** The parcel with its frame. */
  read(id: string, done: (parcel: Parcel | undefined) => void): void {
    const parcel = this.#find(id);
    if (parcel === undefined) {
      done(undefined);
      return;
    }
    const { address, entry } = parcel;
    this.#options.desk.frameOf(entry, (frame) =>
      done(frame && { frame, address, ageMs: 0, copies: this.copiesOf(id) }),
    );
  }

  /** A device has taken a parcel over and has it on disk: the message shows it. */
  given(id: string, holder: PeerId, copies: number): void {
    const { ledger, clock, letters, anchors } = this.#options;
    const entry = this.#find(id)?.entry;
    if (entry === undefined) return;
    const given = this.#given.get(id) ?? { to: new Set(), copies: this.copiesOf(id) };
    given.to.add(holder);
    const isAnchor = anchors.anchorsOf(entry.device).includes(holder);
    if (!isAnchor) given.copies = Math.max(1, given.copies - copies);
    this.#given.set(id, given);
    const { itemId, device } = entry;
    if (itemId === undefined) return;
    const decide = (draft: Draft): void => {
      const item = draft.item(itemId);
      const now = item && withHolder(item, device, { holder, sinceMs: clock.wallMs() });
      if (now !== undefined) letters.changed(draft, [now]);
    };
    ledger.change(decide, () => undefined);
  }

  #find(id: string): OwnParcel | undefined {
    const known = this.#known.get(id);
    if (known === undefined) return undefined;
    const { device, place } = known.entry;
    const entry = this.#options.ledger.kept.outboxes.get(device)?.get(place);
    return entry?.parcel === id && this.#options.desk.isSealed(entry) ? known : undefined;
  }

  #parcelOf(entry: Entry): OwnParcel {
    const id = entry.parcel ?? "";
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const { suite, clock, anchors } = this.#options;
    const holders = anchors.anchorsOf(entry.device);
    const address = addressOf(suite, clock.wallMs(), entry.device, holders);
    const parcel = { id, address, entry };
    this.#known.set(id, parcel);
    return parcel;
  }

  /** What has arrived needs no address any more. */
  #forget(): void {
    for (const id of this.#known.keys()) {
      if (this.#find(id) !== undefined) continue;
      this.#known.delete(id);
      this.#given.delete(id);
    }
  }

  #holdersOf({ itemId, device }: Entry): readonly PeerId[] {
    const item = itemId === undefined ? undefined : this.#options.ledger.kept.shelf.get(itemId);
    const sending = item?.sendings.find((one) => one.device === device);
    return sending?.holders.map(({ holder }) => holder) ?? [];
  }

  /** After a stop the copies that couriers have are not known exactly: fewer are made then. */
  #copiesAtStart(id: string): number {
    const entry = this.#find(id)?.entry;
    if (entry === undefined) return 1;
    if (entry.number === 0) return ACKNOWLEDGEMENT_COPIES;
    return Math.max(1, COPIES_MAX >> this.#holdersOf(entry).length);
  }
}

function withHolder(
  item: Item,
  device: PeerId,
  holding: { readonly holder: PeerId; readonly sinceMs: number },
): Item | undefined {
  const sending = item.sendings.find((one) => one.device === device);
  if (sending === undefined || sending.deliveredAtMs !== undefined) return undefined;
  const others = sending.holders.filter(({ holder }) => holder !== holding.holder);
  const holders = [...others, holding].slice(-HOLDERS_PER_LETTER_MAX);
  const sendings = item.sendings.map((one) => (one === sending ? { ...one, holders } : one));
  return { ...item, sendings };
}
