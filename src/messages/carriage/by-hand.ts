import type { PeerId } from "../../identity/index.ts";
import type { MessagesError } from "../errors.ts";
import { explain } from "../errors.ts";
import type { Ledger } from "../ledger.ts";
import type { Carriage, CarriageOptions } from "./carriage.ts";
import {
  decodeCarryFile,
  encodeCarryFile,
  FILE_FRAME_BYTES,
  parcelBytesInFile,
} from "./carry-file.ts";
import { FILE_BYTES_MAX, FILE_PARCELS_MAX } from "./limits.ts";
import type { Address, Parcel } from "./parcel.ts";

/** What is to go into a carry file. */
export interface CarryOutOptions {
  /** Only letters for these devices; all without it. */
  readonly to?: readonly PeerId[];
  /** Bytes of the file at most. */
  readonly bytesMax?: number;
}

/** A carry file that was made. */
export interface CarriedOut {
  readonly file: Uint8Array;
  readonly letters: number;
  /** Letters that did not fit. */
  readonly left: number;
}

/** What became of the letters in a carry file. */
export interface CarriedIn {
  readonly letters: number;
  /** Were for this device. */
  readonly delivered: number;
  /** Were for this device, and here already. */
  readonly repeated: number;
  /** Are held or carried on from here. */
  readonly kept: number;
  /** There was no room for them, or they are too old. */
  readonly refused: number;
}

const COUNTED = { done: "delivered", kept: "kept", refused: "refused" } as const;

/** Letters leave as a file and come in elsewhere. */
export class ByHand {
  readonly #options: CarriageOptions;
  readonly #carriage: Carriage;
  readonly #ledger: Ledger;

  constructor(options: CarriageOptions, carriage: Carriage) {
    this.#options = options;
    this.#carriage = carriage;
    this.#ledger = options.ledger;
  }

  /** Makes a file of what waits here, our own letters first, then those held for others. */
  carryOut(wanted: CarryOutOptions, done: (carried: CarriedOut) => void): void {
    const bytesMax = Math.min(wanted.bytesMax ?? FILE_BYTES_MAX, FILE_BYTES_MAX);
    const sources = this.#sources(wanted.to);
    const parcels: Parcel[] = [];
    let sizeBytes = FILE_FRAME_BYTES;
    let left = 0;
    let at = 0;
    const next = (): void => {
      const read = sources[at++];
      if (read === undefined) {
        const file = encodeCarryFile(this.#options.suite, parcels);
        done({ file, letters: parcels.length, left });
        return;
      }
      read((parcel) => {
        if (parcel !== undefined) {
          const one = { ...parcel, copies: 1 };
          const grown = sizeBytes + parcelBytesInFile(one);
          if (grown > bytesMax || parcels.length >= FILE_PARCELS_MAX) left++;
          else {
            parcels.push(one);
            sizeBytes = grown;
          }
        }
        next();
      });
    };
    next();
  }

  /** Takes what a file brings. Errors: "bad-carry-file". */
  carryIn(
    file: Uint8Array,
    done: (error: MessagesError | null, carried: CarriedIn | undefined) => void,
  ): void {
    let parcels: readonly Parcel[];
    try {
      parcels = decodeCarryFile(this.#options.suite, file);
    } catch (error) {
      done(explain(error), undefined);
      return;
    }
    const counts = { letters: parcels.length, delivered: 0, repeated: 0, kept: 0, refused: 0 };
    let at = 0;
    // One after another: a file may bring more than fits into one batch.
    const next = (): void => {
      const some = parcels.slice(at, at + TAKEN_AT_ONCE);
      at += some.length;
      if (some.length === 0) {
        done(null, counts);
        return;
      }
      let open = some.length;
      this.#ledger.together(() => {
        for (const parcel of some) {
          this.#carriage.take(this.#options.self, parcel, (_id, fate, isRepeated) => {
            counts[isRepeated === true ? "repeated" : COUNTED[fate]]++;
            if (--open === 0) next();
          });
        }
      });
    };
    next();
  }

  #sources(
    to: readonly PeerId[] | undefined,
  ): readonly ((done: (parcel: Parcel | undefined) => void) => void)[] {
    const { own, stock } = this.#carriage;
    const isWanted = (address: Address): boolean => {
      if (to === undefined) return true;
      const [recipient] = this.#options.directory.find(address);
      return recipient !== undefined && to.includes(recipient);
    };
    const ours = [...own.all(true)]
      .filter(({ entry }) => to === undefined || to.includes(entry.device))
      .map(
        ({ id }) =>
          (done: (parcel: Parcel | undefined) => void) =>
            own.read(id, done),
      );
    const others = [...stock.held.all()]
      .filter(({ address }) => isWanted(address))
      .map(
        ({ id }) =>
          (done: (parcel: Parcel | undefined) => void) =>
            stock.read(id, done),
      );
    return [...ours, ...others];
  }
}

/** Parcels of a file that are taken at the same time. */
const TAKEN_AT_ONCE = 64;
