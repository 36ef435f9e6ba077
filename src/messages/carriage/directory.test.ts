import { expect, test } from "vitest";
import { suite } from "../../../test/support/village.ts";
import { HintDirectory } from "./directory.ts";
import { STRANGERS_KNOWN_MAX } from "./limits.ts";
import { addressOf } from "./parcel.ts";

const device = (number: number): string => `fd${number.toString(16).padStart(30, "0")}`;

test("of strangers only so many are known, the last ones met; contacts are known for good", () => {
  const directory = new HintDirectory(suite);
  const knows = (number: number): boolean =>
    directory.find(addressOf(suite, 0, device(number), []))[0] === device(number);
  directory.add(device(0));
  directory.meet(device(0));
  for (let number = 1; number <= STRANGERS_KNOWN_MAX; number++) directory.meet(device(number));
  expect([knows(0), knows(1), knows(2)]).toEqual([true, true, true]);
  directory.meet(device(1));
  directory.meet(device(STRANGERS_KNOWN_MAX + 1));
  expect([knows(0), knows(1), knows(2)]).toEqual([true, true, false]);
  directory.add(device(3));
  for (let more = 2; more < 10; more++) directory.meet(device(STRANGERS_KNOWN_MAX + more));
  expect([knows(3), knows(4)]).toEqual([true, false]);
});
