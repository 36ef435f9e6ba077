import { afterEach, expect, test, vi } from "vitest";
import { type Member, Town } from "../../../test/support/commons.ts";
import { toySuite } from "../../../test/support/line-rig.ts";
import type { WireError } from "../../wire/index.ts";
import { readAct } from "./act.ts";
import type { Commune } from "./commune.ts";
import { statementOf } from "./describe.ts";
import {
  ACT_BYTES_MAX,
  FACT_BYTES_MAX,
  FACTS_FRAME_BYTES,
  FORWARD_MAX,
  RULES_BYTES_MAX,
  STATEMENT_MAX,
  TALKS_MAX,
} from "./limits.ts";
import { decodeFrame, encodeFrame, type Frame } from "./protocol.ts";
import { readRules } from "./rules.ts";
import { Talk } from "./talk.ts";
import { Talks } from "./talks.ts";

const ID = "0".repeat(32);
const LENGTH_BYTES = 4;

afterEach(() => {
  vi.restoreAllMocks();
});

/** Why something is refused, in one word; the cause where only that says it. */
function reasonOf(act: () => unknown): string {
  try {
    act();
    return "";
  } catch (error) {
    const { cause } = error as Error;
    return ((cause ?? error) as WireError).code;
  }
}

test("bytes of rules and of acts: one above is not read at all", () => {
  for (const [read, most] of [
    [readRules, RULES_BYTES_MAX],
    [readAct, ACT_BYTES_MAX],
  ] as const) {
    const why = (sizeBytes: number): string =>
      reasonOf(() => read(toySuite, new Uint8Array(sizeBytes)));
    expect(why(most + 1)).toBe("too-large");
    // Looked at, and found to be none.
    expect(["", "too-large"]).not.toContain(why(most));
  }
});

test("bytes of a thing in a frame, and of a slip under an order: at the limit and one above", () => {
  const read = (frame: Frame): string =>
    reasonOf(() => decodeFrame(encodeFrame(frame).subarray(LENGTH_BYTES)));
  for (const [sizeBytes, isGood] of [
    [FACT_BYTES_MAX, true],
    [FACT_BYTES_MAX + 1, false],
  ] as const) {
    const bytes = new Uint8Array(sizeBytes);
    const rest = { content: new Uint8Array(1), late: [], isForTeller: true };
    for (const frame of [
      { t: "facts", id: ID, items: [bytes] },
      { t: "order", id: ID, slip: bytes, ...rest },
    ] as const) {
      expect([frame.t, sizeBytes, read(frame) === ""]).toEqual([frame.t, sizeBytes, isGood]);
    }
  }
});

test("bytes after which a frame holds no further thing: at the limit and one below", () => {
  const framesOf = (...sizes: readonly number[]): number[] => {
    const counts: number[] = [];
    const { clock } = new Town("frames");
    const talk = new Talk(
      {
        ...{ clock, log: { debug() {}, info() {}, warn() {} } },
        host: { opened: () => true, heard() {}, caughtUp() {}, over() {} },
      },
      { peer: "p", person: "p", isOpener: false },
    );
    talk.start({
      unacknowledgedBytes: 0,
      write: (bytes: Uint8Array) => {
        const frame = decodeFrame(bytes.subarray(LENGTH_BYTES));
        if (frame.t === "facts") counts.push(frame.items.length);
        return true;
      },
      consume() {},
    } as unknown as Parameters<Talk["start"]>[0]);
    talk.onData(encodeFrame({ t: "hello" }));
    talk.sendAll(
      "facts",
      ID,
      sizes.map((sizeBytes) => new Uint8Array(sizeBytes)),
    );
    return counts;
  };
  const half = FACTS_FRAME_BYTES / 2;
  expect(framesOf(half, half, 1)).toEqual([2, 1]);
  expect(framesOf(half, half - 1, 1)).toEqual([3]);
  // The largest that may come on top still fits what others read.
  expect(framesOf(half, half - 1, FACT_BYTES_MAX, 1)).toEqual([3, 1]);
});

test.each([
  [FORWARD_MAX, FORWARD_MAX],
  [FORWARD_MAX + 1, FORWARD_MAX],
])("of %i others in reach what came from somebody is passed on to %i", (others, told) => {
  const town = new Town(`forward ${others}`);
  const [anna, ben] = ["anna", "ben"].map((name) => town.add(name)) as [Member, Member];
  for (let at = 0; at < others; at++) town.add(`member ${at}`);
  town.found([anna]);
  const send = vi.spyOn(Talk.prototype, "send").mockImplementation(() => undefined);
  const frame: Frame = { t: "listings", id: anna.commune.id, items: [] };
  anna.commune.host.tell(anna.commune, frame, undefined, ben.identity.id);
  expect(send).toHaveBeenCalledTimes(told);
  expect(send.mock.contexts.every((talk) => (talk as Talk).peer !== ben.identity.id)).toBe(true);
  send.mockClear();
  // Whoever made it tells all.
  anna.commune.host.tell(anna.commune, frame, undefined, undefined);
  expect(send).toHaveBeenCalledTimes(others + 1);
});

test("entries of a statement: at the limit and one above, the newest", () => {
  const statement = (count: number): readonly number[] => {
    const postings = Array.from({ length: count }, (_, amount) => ({ amount }));
    const commune = { self: "anna", ledger: { account: () => ({ postings }) } };
    const asked = statementOf(commune as unknown as Commune, STATEMENT_MAX + 1);
    return asked.map(({ amount }) => amount);
  };
  expect(statement(STATEMENT_MAX)).toHaveLength(STATEMENT_MAX);
  const newest = statement(STATEMENT_MAX + 1);
  expect([newest.length, newest[0], newest.at(-1)]).toEqual([STATEMENT_MAX, 1, STATEMENT_MAX]);
});

test("streams with members' devices: so many are opened, twice as many in all are let in, and not one more", () => {
  const town = new Town("talks");
  const anna = town.add("anna");
  const { parts } = anna.live;
  const opened: string[] = [];
  let accept: ((stream: object, from: object) => object | undefined) | undefined;
  const stream = { write: () => true, reset() {}, end() {}, consume() {}, unacknowledgedBytes: 0 };
  const session = {
    openStream: (peer: string) => {
      opened.push(peer);
      return stream;
    },
    serve: (_service: string, acceptor: typeof accept) => {
      accept = acceptor;
    },
  };
  const people = { ...parts.people, personOf: (peer: string) => `person of ${peer}` };
  const talks = new Talks({ ...parts, session, people } as unknown as typeof parts, {
    ...{ isWanted: () => true, begin() {}, heard() {}, caughtUp() {} },
  });
  talks.open();
  for (let at = 0; at <= TALKS_MAX; at++) talks.peerReachable(`peer ${at}`);
  expect(opened).toHaveLength(TALKS_MAX);
  const comes = (at: number): boolean =>
    accept?.(stream, { id: `guest ${at}`, person: { personId: `guest ${at}` } }) !== undefined;
  for (let at = 0; at < TALKS_MAX; at++) expect(comes(at)).toBe(true);
  expect(comes(TALKS_MAX)).toBe(false);
  // One goes, another may come.
  talks.peerUnreachable("peer 0");
  expect(comes(TALKS_MAX)).toBe(true);
});
