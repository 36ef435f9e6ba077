import { expect, test } from "vitest";
import { suite } from "../../../test/support/village.ts";
import { NO_BYTES } from "../../base/bytes.ts";
import type { PeerRecord } from "../../identity/index.ts";
import { SILENT_LOG } from "../../ports/index.ts";
import type { Stream, StreamAcceptor, StreamEvents } from "../../session/index.ts";
import { testIdentity } from "../../testing/index.ts";
import type { Note } from "../protocol.ts";
import { HYBRID_STREAMS_MAX } from "./limits.ts";
import { encodeHybridFrame } from "./protocol.ts";
import { HybridServing, type HybridServingOptions } from "./serving.ts";

const { dhKey } = testIdentity(suite, "anna");
const NOTE: Note = { wallMs: 1, dhKey: dhKey.publicKey, bundle: NO_BYTES };
const ASK = encodeHybridFrame({ t: "ask" });

/** A device that gives prekeys when told to; "narrow" and "stranger" get none. */
function server() {
  let accept: StreamAcceptor = () => undefined;
  const waiting: ((note: Note | undefined) => void)[] = [];
  const options: unknown = {
    sessions: {
      serve: (_service: string, acceptor: StreamAcceptor) => {
        accept = acceptor;
      },
    },
    log: SILENT_LOG,
    correspondents: {
      admit: ({ id }: PeerRecord) => (id === "stranger" ? undefined : "person"),
    },
    hybrid: {
      isPossible: (device: string) => device !== "narrow",
      give: (_device: string, done: (note: Note | undefined) => void) => waiting.push(done),
    },
  };
  new HybridServing(options as HybridServingOptions).serve();
  const open = (id: string) => {
    const fate = { written: 0, ends: 0, resets: 0 };
    const stream: Partial<Stream> = {
      write: (bytes) => {
        fate.written += bytes.length;
        return true;
      },
      end: () => fate.ends++,
      reset: () => fate.resets++,
      consume: () => undefined,
    };
    const events: StreamEvents | undefined = accept(stream as Stream, { id } as PeerRecord);
    return { fate, events };
  };
  return { open, waiting };
}

test("so many devices may ask at a time, and one more when one of them was answered", () => {
  const { open, waiting } = server();
  const streams = Array.from({ length: HYBRID_STREAMS_MAX }, (_, at) => open(`device ${at}`));
  expect(streams.every(({ events }) => events !== undefined)).toBe(true);
  expect(open("one more").events).toBeUndefined();
  streams[0]?.events?.onData(ASK);
  waiting.shift()?.(NOTE);
  expect(streams[0]?.fate).toEqual({
    ...{ written: encodeHybridFrame({ t: "key", note: NOTE }).length, ends: 1, resets: 0 },
  });
  expect(open("one more").events).toBeDefined();
});

test("a device has one such stream, and asks one question on it", () => {
  const { open, waiting } = server();
  const older = open("ben");
  older.events?.onData(ASK);
  const newer = open("ben");
  expect([older.fate.resets, newer.fate.resets]).toEqual([1, 0]);
  // What is answered to the one that was given up goes nowhere.
  waiting.shift()?.(NOTE);
  expect([older.fate.written, newer.fate.written]).toEqual([0, 0]);
  newer.events?.onData(ASK);
  newer.events?.onData(ASK);
  expect(newer.fate.resets).toBe(1);
  const empty = open("cleo");
  empty.events?.onEnd();
  const answer = open("dora");
  answer.events?.onData(encodeHybridFrame({ t: "key", note: NOTE }));
  const unlucky = open("emil");
  unlucky.events?.onData(ASK);
  waiting.at(-1)?.(undefined);
  expect([empty, answer, unlucky].map(({ fate }) => fate.resets)).toEqual([1, 1, 1]);
});

test("those who may not write get none, nor those to whom the way is narrow", () => {
  const { open } = server();
  expect(open("stranger").events).toBeUndefined();
  expect(open("narrow").events).toBeUndefined();
});
