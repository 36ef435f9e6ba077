import type { CryptoSuite } from "../../crypto/index.ts";
import type { PeerId } from "../../identity/index.ts";
import { STRANGERS_KNOWN_MAX } from "./limits.ts";
import { type Address, hintOf } from "./parcel.ts";

/** Days of which hints are kept ready. */
const DAYS_KEPT = 16;

/** Finds the devices behind hints, among those that are known here. */
export class HintDirectory {
  readonly #suite: CryptoSuite;
  readonly #devices = new Set<PeerId>();
  /** Those of them that anybody may be, the longest not seen first. */
  readonly #strangers = new Set<PeerId>();
  /** By day, in the order of use: the device of each hint. */
  readonly #days = new Map<number, Map<string, PeerId>>();

  constructor(suite: CryptoSuite) {
    this.#suite = suite;
  }

  /** From now on hints of this device are understood: for good, it is a contact or an owner. */
  add(device: PeerId): void {
    this.#strangers.delete(device);
    this.#learn(device);
  }

  /** The same of a device that was met, until many others have been met since. */
  meet(device: PeerId): void {
    if (this.#devices.has(device) && !this.#strangers.delete(device)) return;
    this.#strangers.add(device);
    this.#learn(device);
    for (const oldest of this.#strangers) {
      if (this.#strangers.size <= STRANGERS_KNOWN_MAX) break;
      this.#forget(oldest);
    }
  }

  /** The devices of an address that are known here, in its order; undefined for others. */
  find({ day, hints }: Address): readonly (PeerId | undefined)[] {
    const known = this.#hintsOf(day);
    return hints.map((hint) => known.get(hint));
  }

  #learn(device: PeerId): void {
    if (this.#devices.has(device)) return;
    this.#devices.add(device);
    for (const [day, hints] of this.#days) hints.set(hintOf(this.#suite, day, device), device);
  }

  #forget(stranger: PeerId): void {
    this.#strangers.delete(stranger);
    this.#devices.delete(stranger);
    for (const [day, hints] of this.#days) hints.delete(hintOf(this.#suite, day, stranger));
  }

  #hintsOf(day: number): Map<string, PeerId> {
    let hints = this.#days.get(day);
    if (hints === undefined) {
      hints = new Map();
      for (const device of this.#devices) hints.set(hintOf(this.#suite, day, device), device);
    }
    this.#days.delete(day);
    this.#days.set(day, hints);
    for (const oldest of this.#days.keys()) {
      if (this.#days.size <= DAYS_KEPT) break;
      this.#days.delete(oldest);
    }
    return hints;
  }
}
