import fc from "fast-check";
import { expect, test } from "vitest";
import { WireError, Writer } from "../wire/index.ts";
import { type InternalMessage, readMessages, writeMessage } from "./messages.ts";

const u32 = fc.nat(0xffff_ffff);
const u48 = fc.nat(2 ** 48 - 1);
const message: fc.Arbitrary<InternalMessage> = fc.oneof(
  fc.record({
    type: fc.constant("welcome" as const),
    channel: fc.uint8Array({ minLength: 8, maxLength: 8 }),
  }),
  fc.record({ type: fc.constantFrom("probe" as const, "echo" as const), id: u32 }),
  fc.record({ type: fc.constant("ack" as const), tag: u32, next: u32, bitmap: u32 }),
  fc.record({
    type: fc.constant("segment" as const),
    tag: u32,
    seq: u32,
    more: fc.boolean(),
    content: fc.uint8Array({ maxLength: 300 }),
  }),
  fc.record({
    type: fc.constant("goodbye" as const),
    reason: fc.constantFrom("stopping" as const, "reset" as const, "link" as const),
  }),
  fc.record({
    type: fc.constant("repeat" as const),
    id: u32,
    counters: fc.record({ first: u48, bitmap: fc.uint8Array({ maxLength: 255 }) }),
    trains: fc.array(
      fc.record({
        token: u48,
        first: fc.nat(0xffff),
        bitmap: fc.uint8Array({ maxLength: 130 }),
      }),
      { maxLength: 5 },
    ),
  }),
  fc.record({ type: fc.constant("repeating" as const), id: u32, keptFrom: u48 }),
  fc.record({
    type: fc.constant("gone" as const),
    counters: fc.record({ first: u48, bitmap: fc.uint8Array({ maxLength: 255 }) }),
  }),
);

test("what is written is read again", () => {
  fc.assert(
    fc.property(fc.array(message), (messages) => {
      const writer = new Writer();
      for (const each of messages) writeMessage(writer, each);
      expect(readMessages(writer.done())).toEqual(messages);
    }),
    { seed: 4 },
  );
});

test("foreign bytes are read or refused with a WireError", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        readMessages(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(WireError);
      }
    }),
    { numRuns: 2_000, seed: 5 },
  );
});
