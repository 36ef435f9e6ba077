import { expect, test } from "vitest";
import { keepOne, type PairStream } from "./one-stream.ts";

const [LOW, HIGH] = ["0a", "0b"];

interface Named extends PairStream {
  readonly name: string;
}

const make = (name: string, isOpener: boolean, isOpen = true, peer = HIGH): Named => ({
  ...{ name, peer, isOpener, isOpen },
});

/** Whether the first stays among all, and who is dropped. */
function judge(selfId: string, opened: Named, others: readonly Named[]): [boolean, string[]] {
  const dropped: string[] = [];
  const stays = keepOne(selfId, opened, [opened, ...others], ({ name }) => dropped.push(name));
  return [stays, dropped];
}

test("where both sides opened one, that of the smaller id stays, at both", () => {
  const atLow = { ours: make("ours", true), theirs: make("theirs", false) };
  expect(judge(LOW, atLow.ours, [atLow.theirs])).toEqual([true, ["theirs"]]);
  expect(judge(LOW, atLow.theirs, [atLow.ours])).toEqual([false, []]);
  const atHigh = { ours: make("ours", true, true, LOW), theirs: make("theirs", false, true, LOW) };
  expect(judge(HIGH, atHigh.theirs, [atHigh.ours])).toEqual([true, ["ours"]]);
  expect(judge(HIGH, atHigh.ours, [atHigh.theirs])).toEqual([false, []]);
});

test.each([true, false])("of two that one side opened the newer stays (ours: %s)", (isOpener) => {
  const [newer, older] = [make("newer", isOpener), make("older", isOpener)];
  expect(judge(LOW, newer, [older])).toEqual([true, ["older"]]);
  expect(judge("0c", newer, [older])).toEqual([true, ["older"]]);
});

test("nothing gives way to one that is not open yet, or is with another peer", () => {
  const theirs = make("theirs", false);
  const waiting = make("waiting", true, false);
  const elsewhere = make("elsewhere", true, true, "0c");
  expect(judge(LOW, theirs, [waiting, elsewhere])).toEqual([true, []]);
});

test("all are dropped that give way, though dropping takes them out", () => {
  const all = new Set([make("a", true), make("b", true), make("newer", true)]);
  const [, , newer] = all;
  if (newer === undefined) throw new RangeError("there are three");
  expect(keepOne(LOW, newer, all, (other) => all.delete(other))).toBe(true);
  expect([...all]).toEqual([newer]);
});
