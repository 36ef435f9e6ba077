import fc from "fast-check";
import { expect, test } from "vitest";
import { Writer } from "../wire/index.ts";
import { readMessages, writeMessage } from "./messages.ts";
import { eachNumber, type NumberSet, RepeatDraft } from "./repair-messages.ts";

function numbersOf(set: NumberSet): number[] {
  const numbers: number[] = [];
  eachNumber(set, (number) => {
    numbers.push(number);
    return true;
  });
  return numbers;
}

test("a request asks for what was added, as far as it fits, and never weighs more than its room", () => {
  const run = fc.property(
    fc.nat(2 ** 48 - 5_000),
    fc.uniqueArray(fc.nat(4_000), { maxLength: 60 }),
    fc.array(fc.array(fc.boolean(), { minLength: 2, maxLength: 1_024 }), { maxLength: 8 }),
    fc.integer({ min: 40, max: 1_200 }),
    (base, offsets, trains, roomBytes) => {
      const draft = new RepeatDraft(roomBytes);
      const counters = offsets.sort((a, b) => a - b).map((offset) => base + offset);
      const taken = counters.filter((counter) => draft.addCounter(counter));
      const asked = trains.map((bits, token) => {
        const seen = Uint8Array.from(bits, (bit, i) => (bit || i === 0 ? 1 : 0));
        seen[seen.length - 1] = 0;
        const missing = [...seen.keys()].filter((i) => seen[i] === 0);
        return draft.addPieces(token, seen) ? missing : undefined;
      });
      const hasHead = draft.addHead(99);
      const writer = new Writer();
      writeMessage(writer, draft.done(7));
      const bytes = writer.done();
      expect(bytes.length).toBeLessThanOrEqual(1 + roomBytes);
      const [read] = readMessages(bytes);
      if (read?.type !== "repeat") throw new RangeError("no request");
      expect(numbersOf(read.counters)).toEqual(taken);
      const wanted = asked.filter((missing) => missing !== undefined);
      if (hasHead) wanted.push([]);
      expect(read.trains.map(numbersOf)).toEqual(wanted);
      expect(draft.isEmpty).toBe(taken.length === 0 && wanted.length === 0);
    },
  );
  fc.assert(run, { seed: 1 });
});

test("a set is left as soon as its visitor has had enough", () => {
  const seen: number[] = [];
  const isThrough = eachNumber({ first: 5, bitmap: Uint8Array.of(0b1010_0001, 1) }, (number) => {
    seen.push(number);
    return seen.length < 3;
  });
  expect([isThrough, seen]).toEqual([false, [5, 10, 12]]);
});
