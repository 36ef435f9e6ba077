import { expect, test } from "vitest";
import { suite } from "../../test/support/village.ts";
import type { Stream } from "../session/index.ts";
import { testIdentity } from "../testing/index.ts";
import type { Desk, Teller } from "./desk.ts";
import { Ledger } from "./ledger.ts";
import {
  ALL_FRAMES_IN_FLIGHT_MAX,
  ANSWERS_UNREAD_BYTES_MAX,
  FRAMES_IN_FLIGHT_MAX,
  SMALL_FRAME_BYTES,
} from "./limits.ts";
import { encodeFrame, type Note } from "./protocol.ts";
import { Reading } from "./reading.ts";

const identity = testIdentity(suite, "anna");
const note: Note = { wallMs: 1, dhKey: identity.dhKey.publicKey, bundle: new Uint8Array(0) };

/** A reader whose disk never answers, and what became of its stream. */
function reader(): { reading: Reading; stream: { unacknowledgedBytes: number }; resets: number[] } {
  const resets: number[] = [];
  const stream = {
    ...{ id: 1, peer: identity.id, service: "post", unacknowledgedBytes: 0 },
    write: () => true,
    end: () => undefined,
    reset: () => resets.push(1),
    consume: () => undefined,
  };
  const desk = {
    note: () => note,
    pair: () => undefined,
    takeNote: (_teller: Teller, _note: Note, done: () => void) => done(),
    takeFrame: () => undefined,
  };
  const records = { write: () => undefined, scan: () => undefined };
  const log = { debug() {}, info() {}, warn() {} };
  const context = { desk: desk as unknown as Desk, ledger: new Ledger(records), log };
  const { dhKey } = note;
  const from = { device: identity.id, personId: identity.person.personId, dhKey };
  const reading = new Reading(context, stream as unknown as Stream, from, () => undefined);
  return { reading, stream, resets };
}

test("an author that does not read answers is cut off", () => {
  const { reading, stream, resets } = reader();
  stream.unacknowledgedBytes = ANSWERS_UNREAD_BYTES_MAX;
  reading.onData(encodeFrame({ t: "hello", note }));
  expect(resets).toEqual([]);
  stream.unacknowledgedBytes++;
  reading.onData(encodeFrame({ t: "hello", note }));
  expect(resets).toEqual([1]);
});

test.each([
  { of: "any size", count: FRAMES_IN_FLIGHT_MAX, sizeBytes: SMALL_FRAME_BYTES + 1 },
  { of: "a small size", count: ALL_FRAMES_IN_FLIGHT_MAX, sizeBytes: SMALL_FRAME_BYTES },
])("more frames of $of under way than agreed end the stream", ({ count, sizeBytes }) => {
  const { reading, resets } = reader();
  const frame = encodeFrame({ t: "frame", frame: new Uint8Array(sizeBytes) });
  for (let sent = 0; sent < count; sent++) reading.onData(frame);
  expect(resets).toEqual([]);
  reading.onData(frame);
  expect(resets).toEqual([1]);
});

test("what only a reader says, said by an author, ends the stream", () => {
  const { reading, resets } = reader();
  reading.onData(encodeFrame({ t: "stop", reason: "busy" }));
  expect(resets).toEqual([1]);
});
