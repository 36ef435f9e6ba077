import { expect, test } from "vitest";
import { Bazaar } from "../../test/support/bazaar.ts";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { must } from "../base/errors.ts";
import { readEntries, type StatementEntry } from "./entries.ts";

/** What a statement of the first line of somebody says. */
function entriesOf(bazaar: Bazaar, place: number): readonly StatementEntry[] {
  const { lines, payments } = bazaar.live(place);
  const [line] = [...lines.entries()];
  const parts = {
    records: bazaar.stall(place).disk.open(),
    suite: bazaar.suite,
    memoOf: (hash: Uint8Array) => payments.memoOf(hash) ?? "",
  };
  let found: readonly StatementEntry[] | undefined;
  readEntries(parts, must(line, "there is a line"), 100, (error, entries) => {
    expect(error).toBeNull();
    found = entries;
  });
  while (found === undefined && bazaar.step());
  return must(found, "it was read");
}

test("who paid by a request and who was paid read in their statements what for; who is in between does not", () => {
  const bazaar = new Bazaar(createNodeSuite(), 1, 3, 1_000);
  expect(bazaar.pay(0, bazaar.request(2, 10))).toBe("");
  bazaar.pass(10_000);
  const taken = [0, 1, 2].map((place) =>
    entriesOf(bazaar, place).filter(({ what }) => what === "taken"),
  );
  expect(taken.map((each) => each.map(({ amount, memo }) => [amount, memo]))).toEqual([
    [[-10, "bread"]],
    [[10, ""]],
    [[10, "bread"]],
  ]);
  expect(taken[0]?.[0]).not.toHaveProperty("hash");
});
