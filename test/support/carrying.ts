import { expect } from "vitest";
import { NO_BYTES } from "../../src/base/bytes.ts";
import { decodeCarryFile, encodeCarryFile } from "../../src/messages/carriage/carry-file.ts";
import type { Parcel } from "../../src/messages/carriage/parcel.ts";
import { suite, type Village, type Villager } from "./village.ts";

/** The letters that wait at a peer, as somebody on the way would have them. */
export function letters(village: Village, of: Villager): readonly Parcel[] {
  let file = NO_BYTES;
  of.live.messages.carryOut({}, (carried) => {
    file = Uint8Array.from(carried.file);
  });
  village.settle();
  return decodeCarryFile(suite, file);
}

/** Somebody brings letters to a peer by hand, which takes them. */
export function bring(village: Village, to: Villager, parcels: readonly Parcel[]): void {
  to.live.messages.carryIn(encodeCarryFile(suite, parcels), (error) => expect(error).toBeNull());
  village.settle();
}
