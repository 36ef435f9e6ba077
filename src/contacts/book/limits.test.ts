import { expect, test } from "vitest";
import { Family } from "../../../test/support/family.ts";
import { encodeCbor } from "../../wire/index.ts";
import { SHORT_SUM_BYTES, SUM_BYTES } from "./decided-book.ts";
import { EPOCH_MAX, LISTED_MAX } from "./limits.ts";
import { BOOK_TALK } from "./protocol.ts";
import { encodeStamp, nextStamp, readStamp } from "./stamp.ts";

test("so many below a prefix are listed; one more, and sums of the next digit are told", () => {
  const family = new Family("listed");
  const [laptop, phone] = [family.add("laptop"), family.add("phone")];
  family.part(laptop, phone);
  const answers: unknown[] = [];
  const ask = (): void => {
    const look = { t: "look", p: "", h: new Uint8Array(SUM_BYTES) } as const;
    laptop.live.book.asked(phone.record, look, (answer) => answers.push(answer?.t));
  };
  for (let count = 0; count < LISTED_MAX; count++) {
    family.meet(laptop, family.friend(`friend ${count}`), `friend ${count}`);
  }
  ask();
  family.meet(laptop, family.friend("one more"), "one more");
  ask();
  expect(answers).toEqual(["list", "sums"]);
});

test("a list of so many is read, and no longer one", () => {
  const one = { i: new Uint8Array(16), s: new Uint8Array(SHORT_SUM_BYTES) };
  const list = (count: number): Uint8Array =>
    encodeCbor({ t: "list", h: new Uint8Array(SUM_BYTES), l: Array(count).fill(one) });
  expect(BOOK_TALK.decode(list(LISTED_MAX))).toMatchObject({ t: "list" });
  expect(() => BOOK_TALK.decode(list(LISTED_MAX + 1))).toThrow();
});

test("epochs end at the highest, which goes on to count versions", () => {
  const stamp = (epoch: number): Uint8Array =>
    encodeStamp({ epoch, version: 3, atMs: 5, device: "ab".repeat(16) });
  expect(readStamp(stamp(EPOCH_MAX)).epoch).toBe(EPOCH_MAX);
  expect(stamp(EPOCH_MAX + 1)).toEqual(stamp(EPOCH_MAX));
  const here = { epoch: EPOCH_MAX + 1, atMs: 6, device: "cd".repeat(16) };
  expect(readStamp(nextStamp(stamp(EPOCH_MAX - 1), here))).toMatchObject({ epoch: EPOCH_MAX });
});
