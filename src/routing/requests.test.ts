import { beforeEach, describe, expect, test } from "vitest";
import { SEQNO_MAX } from "../identity/index.ts";
import { testRandom } from "../testing/fixtures.ts";
import type { Announcer } from "./announcer.ts";
import { UNPROVEN } from "./columns.ts";
import type { Destination } from "./destination.ts";
import {
  IMPROVE_MS,
  REQUEST_ATTEMPTS_MAX,
  REQUEST_BURST,
  REQUEST_HIDE_MS,
  REQUEST_INTAKE_BURST,
  REQUEST_PATIENCE_MS,
  REQUEST_RETRY_MS,
  REQUEST_SLOW_MS,
  REQUESTS_OPEN_MAX,
  REQUESTS_SEEN_MAX,
} from "./limits.ts";
import type { Entry, SeqnoRequest } from "./messages.ts";
import type { Neighbour } from "./neighbour.ts";
import type { Origin } from "./origin.ts";
import { SeqnoRequests } from "./requests.ts";
import { newStats, type RoutingStats } from "./stats.ts";
import { Table } from "./table.ts";
import { idOf, makeNeighbour, say } from "./ways.fixture.ts";

const NEVER = Number.POSITIVE_INFINITY;
const SELF = idOf(0xf00);

let table: Table;
let stats: RoutingStats;
let requests: SeqnoRequests;
let to: Destination;
let a: Neighbour;
let b: Neighbour;
let c: Neighbour;
/** Who was asked, and for what. */
let asked: [Neighbour, SeqnoRequest][];
let bumped: number[];

beforeEach(() => {
  table = new Table({ vicinityMax: 8_192, landmarksMax: 0 }, 1);
  stats = newStats();
  asked = [];
  bumped = [];
  const announcer: Pick<Announcer, "ask" | "wake"> = {
    ask: (by: Neighbour, entry: Entry) => void asked.push([by, entry as unknown as SeqnoRequest]),
    wake: () => {},
  };
  const origin = { record: { id: SELF }, request: (seqno: number) => void bumped.push(seqno) };
  requests = new SeqnoRequests({
    ...{ table, stats, random: testRandom(1), nowMs: 0 },
    announcer: announcer as Announcer,
    origin: origin as unknown as Origin,
  });
  [a, b, c] = [makeNeighbour(1), makeNeighbour(2), makeNeighbour(3)];
  to = table.add(idOf(0xdead), a, 0);
  to.lowerFeasible(7, 10);
  say(b, to, 500);
  say(a, to, 300);
  say(c, to, 100, { flags: UNPROVEN });
});

/** Who is asked at this time. */
function asks(nowMs: number): Neighbour[] {
  asked.length = 0;
  requests.tick(nowMs);
  return asked.map(([by]) => by);
}

describe("a request of our own", () => {
  test("goes for one number more to the shortest way, then to all, and waits longer each time", () => {
    requests.want(to, a, 0);
    expect([requests.size, requests.wantedSeqno(to.id), requests.nextDeadlineMs()]).toEqual([
      1, 8, 0,
    ]);
    expect(asks(0)).toEqual([a]);
    expect(asked[0]?.[1]).toMatchObject({ origin: to.id, seqno: 8 });
    let nowMs = 0;
    for (let attempt = 0; attempt < REQUEST_ATTEMPTS_MAX; attempt++) {
      const pauseMs = REQUEST_RETRY_MS * 2 ** attempt;
      expect(requests.nextDeadlineMs()).toBe(nowMs + pauseMs);
      expect(asks(nowMs + pauseMs - 1)).toEqual([]);
      nowMs += pauseMs;
      expect(asks(nowMs)).toEqual([a, b]);
    }
    expect(requests.nextDeadlineMs()).toBe(nowMs + REQUEST_SLOW_MS);
    expect(stats.requestsStarted).toBe(1 + 2 * REQUEST_ATTEMPTS_MAX);
  });

  test("ends where it is not wished any more, with the destination, and with the numbers", () => {
    requests.want(to, a, 0);
    requests.want(to, undefined, 0);
    expect([requests.size, requests.nextDeadlineMs()]).toEqual([0, NEVER]);
    requests.want(to, a, 0);
    requests.drop(to.id);
    expect(requests.size).toBe(0);
    requests.want(to, a, 0);
    table.remove(to, 0);
    expect([asks(0), requests.size]).toEqual([[], 0]);
    to.lowerFeasible(SEQNO_MAX, 10);
    requests.want(to, a, 0);
    expect(requests.size).toBe(0);
    const never = table.add(idOf(0xbeef), a, 0);
    requests.want(never, a, 0);
    expect(requests.size).toBe(0);
  });

  test("begins anew for a newer number where there is no way, or where it had grown slow", () => {
    requests.want(to, a, 0);
    asks(0);
    requests.want(to, a, 10);
    expect(requests.nextDeadlineMs()).toBe(REQUEST_RETRY_MS);
    to.lowerFeasible(9, 10);
    requests.want(to, a, 20);
    expect([requests.wantedSeqno(to.id), requests.nextDeadlineMs()]).toEqual([10, 20]);
    expect(asks(20)).toEqual([a]);
  });

  test("only to improve is made now and then, and in the end not any more", () => {
    to.selected = b;
    requests.want(to, a, 0);
    expect(asks(0)).toEqual([a]);
    expect(asks(REQUEST_RETRY_MS)).toEqual([]);
    expect(requests.nextDeadlineMs()).toBe(IMPROVE_MS);
    to.lowerFeasible(8, 10);
    requests.want(to, a, 10);
    expect([requests.wantedSeqno(to.id), requests.nextDeadlineMs()]).toEqual([9, IMPROVE_MS]);
    let nowMs = IMPROVE_MS;
    for (let attempt = 1; attempt < REQUEST_ATTEMPTS_MAX; attempt++) {
      expect(asks(nowMs)).toEqual([a]);
      asks(requests.nextDeadlineMs());
      nowMs = requests.nextDeadlineMs();
    }
    expect([nowMs, asks(1e9)]).toEqual([NEVER, []]);
    // The way is lost: now it is asked for in earnest.
    to.selected = undefined;
    requests.want(to, a, 1e9);
    expect(asks(1e9)).toEqual([a]);
  });

  test("for a newcomer of a full table waits a little, unless that is exempt", () => {
    table.overflowed = true;
    requests.want(to, a, 100);
    expect(requests.nextDeadlineMs()).toBe(REQUEST_PATIENCE_MS);
    requests.drop(to.id);
    table.pin(to.id, 1e9, 0);
    requests.want(to, a, 100);
    expect(requests.nextDeadlineMs()).toBe(100);
  });

  test("is one of as many as allowed, sent at a pace", () => {
    for (let i = 0; i < REQUESTS_OPEN_MAX + 1; i++) {
      const destination = table.add(idOf(0x10000 + i), a, 0);
      destination.lowerFeasible(7, 10);
      if (i < REQUEST_BURST + 1) say(a, destination, 300);
      requests.want(destination, a, 0);
    }
    expect(requests.size).toBe(REQUESTS_OPEN_MAX);
    expect(asks(0)).toHaveLength(REQUEST_BURST);
    expect(requests.nextDeadlineMs()).toBeGreaterThan(0);
  });
});

describe("a request of a neighbour", () => {
  let number = 0;
  const request = (fields: Partial<SeqnoRequest> = {}): SeqnoRequest =>
    ({ origin: to.id, seqno: 20, hopLimit: 9, requestId: number++, ...fields }) as SeqnoRequest;

  test("is passed on to the next hop with one hop less, elsewhere where that has sent it", () => {
    to.selected = a;
    requests.receive(b, request(), 0);
    expect(asked).toMatchObject([[a, { seqno: 20, hopLimit: 8 }]]);
    requests.receive(a, request({ seqno: 21 }), 0);
    expect(asked[1]).toMatchObject([b, { seqno: 21 }]);
    to.selected = undefined;
    requests.receive(b, request({ seqno: 22 }), 0);
    expect(asked[2]?.[0]).toBe(a);
    requests.receive(c, request({ seqno: 23 }), 0);
    expect(asked[3]?.[0]).toBe(a);
    expect([stats.requestsForwarded, stats.requestsDropped]).toEqual([4, 0]);
  });

  test("for ourselves makes our number rise", () => {
    requests.receive(a, request({ origin: SELF, seqno: 5 }), 0);
    expect([bumped, asked]).toEqual([[5], []]);
  });

  test("is answered from here where the next hop has told as high a number", () => {
    to.selected = a;
    say(a, to, 300, { seqno: 20 });
    requests.receive(b, request({ seqno: 20 }), 0);
    expect([asked, b.pending.has(to.slot), b.wanted.has(to.slot)]).toEqual([[], true, true]);
    requests.receive(c, request({ seqno: 21 }), 0);
    expect(asked).toHaveLength(1);
  });

  test.each<[string, () => void]>([
    ["has no hop left", () => requests.receive(b, request({ hopLimit: 1 }), 0)],
    ["asks for nobody known", () => requests.receive(b, request({ origin: idOf(1) }), 0)],
    [
      "leads nowhere",
      () => {
        to.offers.splice(0, 3, b);
        requests.receive(b, request(), 0);
      },
    ],
  ])("is dropped where it %s", (_, receive) => {
    receive();
    expect([asked, stats.requestsDropped]).toEqual([[], 1]);
    requests.receive(b, request({ seqno: 99 }), 0);
  });

  test("is passed on once, and another one for no more waits a moment", () => {
    const one = request();
    requests.receive(b, one, 0);
    requests.receive(c, one, REQUEST_HIDE_MS + 1);
    expect([asked.length, stats.requestsDropped]).toEqual([1, 1]);
    requests.receive(b, request(), REQUEST_HIDE_MS - 1);
    requests.receive(b, request({ seqno: 19 }), REQUEST_HIDE_MS - 1);
    expect([asked.length, stats.requestsDropped]).toEqual([1, 3]);
    requests.receive(b, request({ seqno: 21 }), REQUEST_HIDE_MS - 1);
    expect(asked).toHaveLength(2);
    requests.receive(b, request({ seqno: 21 }), 2 * REQUEST_HIDE_MS - 1);
    expect(asked).toHaveLength(3);
  });

  test("is one of so many at a time, and so many are remembered", () => {
    for (let i = 0; i < REQUEST_INTAKE_BURST; i++)
      requests.receive(a, request({ seqno: 30 + i }), 0);
    expect(stats.requestsDropped).toBe(0);
    requests.receive(a, request({ seqno: 9_999 }), 0);
    expect(stats.requestsDropped).toBe(1);
    const first = request({ seqno: 1e6 });
    requests.receive(b, first, 0);
    for (let i = 1; i < REQUESTS_SEEN_MAX; i++) {
      requests.receive(b, request({ seqno: 1e6 + i }), 1_000 * i);
    }
    const before = asked.length;
    requests.receive(c, first, 1e9);
    expect(asked.length).toBe(before);
    requests.receive(b, request({ seqno: 3e6 }), 1e9);
    requests.receive(c, first, 2e9);
    expect(asked.length).toBe(before + 2);
  });
});
