import { describe, expect, test } from "vitest";
import {
  DAY_MS,
  FRIEND,
  OWNER,
  parcel,
  SELF,
  STRANGER,
  stockWithOwner,
} from "../../../test/support/stock.ts";
import type { PeerRecord } from "../../identity/index.ts";
import { DiskError } from "../../ports/index.ts";
import type { Stream, StreamAcceptor } from "../../session/index.ts";
import type { ManualClock } from "../../testing/index.ts";
import { Carriage, type CarriageOptions } from "./carriage.ts";
import { TAKINGS_MAX } from "./limits.ts";
import { Meetings } from "./meetings.ts";
import type { Parcel } from "./parcel.ts";

const device = (number: number, kind: string): string =>
  `fd${kind}${`${number}`.padStart(29, "0")}`;

test("strangers who keep streams open do not keep contacts out", () => {
  const { options } = stockWithOwner();
  let accept: StreamAcceptor = () => undefined;
  const serve = (_service: string, acceptor: StreamAcceptor): void => {
    accept = acceptor;
  };
  const carriage = new Carriage({
    ...{ ...options, meetings: new Meetings(options.clock), sessions: { serve } },
  } as unknown as CarriageOptions);
  carriage.serve();
  let reset = 0;
  const knock = (id: string): boolean => {
    const stream = { reset: () => reset++ } as unknown as Stream;
    return accept(stream, { id } as PeerRecord) !== undefined;
  };
  for (let number = 0; number < TAKINGS_MAX; number++)
    expect(knock(device(number, "3"))).toBe(true);
  expect(knock(device(TAKINGS_MAX, "3"))).toBe(false);
  for (let number = 0; number < TAKINGS_MAX; number++)
    expect(knock(device(number, "2"))).toBe(true);
  expect(reset).toBe(TAKINGS_MAX);
  expect(knock(device(TAKINGS_MAX, "2"))).toBe(false);
});

function carriageWith(...parcels: readonly [id: string, Parcel][]) {
  const { options, records, clock, anchors } = stockWithOwner();
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
  return { carriage, records, clock, anchors };
}

describe("a device that was handed a parcel for somebody else", () => {
  test("cannot make it vanish here by saying that it has arrived", () => {
    const { carriage } = carriageWith(["held", parcel(OWNER, 100)]);
    carriage.given(STRANGER, "held", "done");
    expect(carriage.stock.held.get("held")).toBeDefined();
    carriage.given(OWNER, "held", "done");
    expect(carriage.stock.held.get("held")).toBeUndefined();
  });

  test("takes a courier's last copy, but not that of an anchor", () => {
    const { carriage } = carriageWith(
      ["held", parcel(OWNER, 100)],
      ["carried", parcel(FRIEND, 100)],
    );
    carriage.given(STRANGER, "held", "kept");
    carriage.given(STRANGER, "carried", "kept");
    expect(carriage.stock.held.get("held")?.copies).toBe(1);
    expect(carriage.stock.held.get("carried")).toBeUndefined();
  });
});

test("a letter that others brought is acknowledged, an acknowledgement is not", () => {
  const { options } = stockWithOwner();
  const acknowledged: string[] = [];
  let isLetter = true;
  const desk = {
    takeFrame: (_frame: unknown, _from: unknown, done: (error: null, intaken: object) => void) =>
      done(null, { outcome: "told", device: FRIEND, isLetter, settled: [] }),
    acknowledge: (device: string) => acknowledged.push(device),
  };
  const rest = { desk, meetings: new Meetings(options.clock), isReachable: () => false };
  const carriage = new Carriage({ ...options, ...rest } as unknown as CarriageOptions);
  const fates: string[] = [];
  const bring = (): void =>
    carriage.take(STRANGER, parcel(SELF, 100), (_id, fate) => fates.push(fate));
  bring();
  isLetter = false;
  bring();
  expect(fates).toEqual(["done", "done"]);
  // Two who only meet couriers would answer each other's answers without end.
  expect(acknowledged).toEqual([FRIEND]);
});

/** How often somebody who sleeps until each deadline wakes up in some time. */
function wakings(carriage: Carriage, clock: ManualClock, forMs: number): number {
  const endMs = clock.monotonicMs() + forMs;
  let count = 0;
  while (carriage.nextDeadlineMs() <= endMs && count < 1_000) {
    clock.advance(Math.max(0, carriage.nextDeadlineMs() - clock.monotonicMs()));
    carriage.tick();
    count++;
  }
  return count;
}

describe("what cannot be done now", () => {
  test("is not tried without end: parcels that are too old on a disk that is full", () => {
    const { carriage, records, clock } = carriageWith(["held", parcel(OWNER, 100)]);
    records.error = new DiskError("full", "The disk is full.");
    expect(wakings(carriage, clock, 7 * DAY_MS + 600_000)).toBeLessThan(20);
    expect(carriage.stock.held.size).toBe(1);
    records.error = null;
    wakings(carriage, clock, 600_000);
    expect(carriage.stock.held.size).toBe(0);
  });

  test("is not tried without end: tags for an anchor to which no stream can be had", () => {
    const { carriage, anchors, clock } = carriageWith();
    const told = { bytesMax: 1, days: 7, sinceMs: 0, state: "agreed", role: "anchor" } as const;
    anchors.load([{ ...told, device: FRIEND }], new Map(), new Map(), new Map());
    carriage.peerReachable(FRIEND);
    let tag = 0;
    anchors.ownTags = () => [tag++];
    carriage.tagsFor(FRIEND);
    expect(wakings(carriage, clock, DAY_MS)).toBeLessThan(200);
  });
});
