import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { suite } from "../../test/support/village.ts";
import { TypedError } from "../base/errors.ts";
import { FrameSplitter } from "../feed/index.ts";
import { WireError } from "../wire/index.ts";
import { decodeBody, encodeBody, readCopy, readMoved, readReceipt, spokenOf } from "./body.ts";
import { decodeWord, encodeWord } from "./carriage/agreements.ts";
import { OWNER_BYTES_MAX, PARCELS_IN_FLIGHT_MAX } from "./carriage/limits.ts";
import { addressOf, decodeParcel, encodeParcel } from "./carriage/parcel.ts";
import * as carry from "./carriage/protocol.ts";
import { BODY_BYTES_MAX, POST_FRAME_BYTES_MAX, TEXT_BYTES_MAX } from "./limits.ts";
import { decodeFrame, encodeFrame, type PostFrame } from "./protocol.ts";
import * as ratchet from "./ratchet/index.ts";
import { checkText } from "./text.ts";

const channelId = "00112233445566778899aabbccddeeff";
const note = { wallMs: 1_704_067_200_000, dhKey: new Uint8Array(32), bundle: new Uint8Array(102) };
const frames: readonly PostFrame[] = [
  { t: "hello", note },
  { t: "frame", frame: new Uint8Array(POST_FRAME_BYTES_MAX - 1).fill(3) },
  { t: "please" },
  { t: "have", note, channels: [{ channelId, count: 3 }], framesMax: 64 },
  { t: "have", note, channels: [{ channelId, count: 3 }], framesMax: 160 },
  { t: "ack", channel: { channelId, count: 2 ** 40 } },
  { t: "stop", reason: "busy" },
  { t: "stop", reason: "unreadable" },
];
const address = addressOf(suite, note.wallMs, "fd".padEnd(32, "1"), ["fd".padEnd(32, "2")]);
const parcel = { frame: new Uint8Array(80).fill(9), address, ageMs: 120_000, copies: 8 };
const carried: readonly carry.CarryFrame[] = [
  { t: "tags", isFirst: true, tags: [1, 2 ** 32 - 1] },
  { t: "offer", parcels: [{ id: "0011223344556677", address }] },
  { t: "parcel", parcel },
  { t: "reply", replies: [{ id: "0011223344556677", word: "maybe", chance: 1_000 }] },
  { t: "fate", id: "0011223344556677", fate: "refused" },
];

/** Random bytes and samples with one byte changed must be refused with a typed error, or be read. */
function fuzz(samples: readonly Uint8Array[], decode: (bytes: Uint8Array) => unknown): void {
  const mutated = fc
    .tuple(fc.constantFrom(...samples), fc.nat(), fc.integer({ min: 1, max: 255 }))
    .map(([sample, at, flip]) => {
      const content = sample.slice();
      content[at % content.length] = (content[at % content.length] ?? 0) ^ flip;
      return content;
    });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated), (content) => {
      try {
        decode(content);
      } catch (error) {
        expect(error).toBeInstanceOf(TypedError);
      }
    }),
    { seed: 4, numRuns: 500 },
  );
}

describe("how many frames a reader takes", () => {
  const has = { t: "have", note } as const;
  const content = (frame: PostFrame): Uint8Array => encodeFrame(frame).subarray(4);

  test("is told as a channel of which it has nothing, and as many as before where it is not told", () => {
    const channels = [{ channelId, count: 3 }];
    const [plain, told] = [64, 160].map((framesMax) => content({ ...has, channels, framesMax }));
    // 14 zero bytes, the number, and the count 0: authors of before look for their own channels only.
    const mark = [...new Uint8Array(14), 0, 160, 0];
    expect(told?.subarray(plain?.length)).toEqual(Uint8Array.from(mark));
    expect(told?.subarray(0, plain?.length)).toEqual(plain);
  });

  test("is left out where there is no room for it", () => {
    const channels = Array.from({ length: 4 }, (_, at) => ({ channelId, count: at }));
    const frame = decodeFrame(content({ ...has, channels, framesMax: 160 }));
    expect(frame).toEqual({ ...has, channels, framesMax: 64 });
  });
});

describe("frames of streams", () => {
  test("come back through a splitter, however the bytes are cut", () => {
    const stream = Uint8Array.from(frames.map(encodeFrame).flatMap((frame) => [...frame]));
    for (const cut of [1, 7, 1_000, stream.length]) {
      const found: PostFrame[] = [];
      const splitter = new FrameSplitter(POST_FRAME_BYTES_MAX);
      for (let at = 0; at < stream.length; at += cut) {
        splitter.push(stream.subarray(at, at + cut), (frame) => found.push(decodeFrame(frame)));
      }
      expect(found).toEqual(frames);
    }
    expect(carried.map((one) => carry.decodeFrame(carry.encodeFrame(one).slice(4)))).toEqual(
      carried,
    );
  });

  test("that are made up or altered are refused with a typed error and nothing else", () => {
    const small = frames.filter(({ t }) => t !== "frame");
    fuzz(
      small.map((one) => encodeFrame(one).slice(4)),
      decodeFrame,
    );
    fuzz(
      carried.map((one) => carry.encodeFrame(one).slice(4)),
      carry.decodeFrame,
    );
    fuzz([encodeParcel(parcel)], decodeParcel);
    fuzz([encodeWord({ t: "agree", bytesMax: 5, days: 7 })], decodeWord);
    expect(() => decodeParcel(encodeParcel({ ...parcel, copies: 9 }))).toThrow(WireError);
    expect(PARCELS_IN_FLIGHT_MAX).toBeGreaterThan(0);
  });
});

describe("bodies", () => {
  test("at their largest are taken, and one byte more is not", () => {
    const body = {
      kind: 1,
      number: 1,
      isFirst: false,
      content: new Uint8Array(BODY_BYTES_MAX - 2),
    };
    expect(decodeBody(encodeBody(body))).toEqual(body);
    const over = { ...body, content: new Uint8Array(BODY_BYTES_MAX - 1) };
    expect(() => decodeBody(encodeBody(over))).toThrow(WireError);
  });

  test("that are made up are refused with a typed error and nothing else", () => {
    fuzz(
      [encodeBody({ kind: 3, number: 9, isFirst: true, content: new Uint8Array(40) })],
      (bytes) => {
        const { kind, content } = decodeBody(bytes);
        spokenOf(ratchet, { kind, content });
        readCopy(content);
        readMoved(content);
        readReceipt(content);
      },
    );
  });

  test("terms of holding letters are bounded", () => {
    const most = { t: "agree", bytesMax: OWNER_BYTES_MAX, days: 60 } as const;
    expect(decodeWord(encodeWord(most))).toEqual(most);
    for (const bad of [
      { bytesMax: OWNER_BYTES_MAX + 1 },
      { days: 61 },
      { days: 6 },
      { bytesMax: 0 },
    ]) {
      expect(() => decodeWord(encodeWord({ ...most, ...bad }))).toThrow(WireError);
    }
  });
});

describe("texts", () => {
  test.each([
    ["", "empty"],
    ["a".repeat(TEXT_BYTES_MAX), "none"],
    ["a".repeat(TEXT_BYTES_MAX + 1), "too-long"],
    ["é".repeat(TEXT_BYTES_MAX / 2), "none"],
    [`${"é".repeat(TEXT_BYTES_MAX / 2)}a`, "too-long"],
    ["line\nand\ttab", "none"],
    ["carriage\rreturn", "bad-characters"],
    ["escape \u001b[31m", "bad-characters"],
    ["next line \u0085", "bad-characters"],
    ["half a pair \ud83d", "bad-characters"],
    ["עברית 👩‍👩‍👧 नमस्ते", "none"],
  ])("case %# is %s", (text, code) => {
    let found = "none";
    try {
      checkText(text);
    } catch (error) {
      found = error instanceof TypedError ? error.code : "foreign";
    }
    expect(found).toBe(code);
  });
});
