import { describe, expect, test } from "vitest";
import { FRIEND, OWNER, parcel, STRANGER, stockWithOwner } from "../../../test/support/stock.ts";
import { Carriage, type CarriageOptions } from "./carriage.ts";
import { Meetings } from "./meetings.ts";
import type { Parcel } from "./parcel.ts";

function carriageWith(...parcels: readonly [id: string, Parcel][]): Carriage {
  const { options } = stockWithOwner();
  const rest = {
    sessions: { serve: () => undefined, openStream: () => undefined },
    desk: { isSealed: () => false },
    letters: {},
    meetings: new Meetings(options.clock),
    isReachable: () => false,
  };
  const carriage = new Carriage({ ...options, ...rest } as unknown as CarriageOptions);
  for (const [id, one] of parcels) {
    const place = carriage.stock.placeFor(one, FRIEND);
    if (place !== undefined) carriage.stock.keep(id, one, place, () => undefined);
  }
  return carriage;
}

describe("a device that was handed a parcel for somebody else", () => {
  test("cannot make it vanish here by saying that it has arrived", () => {
    const carriage = carriageWith(["held", parcel(OWNER, 100)]);
    carriage.given(STRANGER, "held", "done");
    expect(carriage.stock.held.get("held")).toBeDefined();
    carriage.given(OWNER, "held", "done");
    expect(carriage.stock.held.get("held")).toBeUndefined();
  });

  test("takes a courier's last copy, but not that of an anchor", () => {
    const carriage = carriageWith(["held", parcel(OWNER, 100)], ["carried", parcel(FRIEND, 100)]);
    carriage.given(STRANGER, "held", "kept");
    carriage.given(STRANGER, "carried", "kept");
    expect(carriage.stock.held.get("held")?.copies).toBe(1);
    expect(carriage.stock.held.get("carried")).toBeUndefined();
  });
});
