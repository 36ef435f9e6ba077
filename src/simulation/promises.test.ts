import { describe, expect, test } from "vitest";
import { checkDirection, checkToldOnce, type Direction } from "./promises.ts";

/** Three acknowledged messages and one that a crash swallowed; all is well. */
function healthy(change: Partial<Direction> = {}): Direction {
  const texts = ["a", "b", "c"];
  return {
    name: "place 0 to place 1",
    sendings: [
      { text: "a", isAcknowledged: true },
      { text: "lost", isAcknowledged: false },
      { text: "b", isAcknowledged: true },
      { text: "c", isAcknowledged: true },
    ],
    outgoing: texts.map((text) => ({ text, state: "delivered" })),
    incoming: texts.map((text) => ({ text, kind: "text" as const })),
    ...change,
  };
}

const readable = (...texts: string[]) => texts.map((text) => ({ text, kind: "text" as const }));
const delivered = (...texts: string[]) =>
  texts.map((text) => ({ text, state: "delivered" as const }));

describe("promises about messages", () => {
  test("hold where all that was acknowledged came once, in order, and is known to have", () => {
    expect(() => checkDirection(healthy())).not.toThrow();
  });

  test.each([
    ["one is missing", readable("a", "c")],
    ["one came twice", readable("a", "b", "b", "c")],
    ["two changed places", readable("b", "a", "c")],
    ["one came that nobody sent", readable("a", "b", "c", "d")],
    ["nothing came", []],
  ])("are broken where %s", (_, incoming) => {
    const outgoing = delivered(...incoming.map(({ text }) => text));
    expect(() => checkDirection(healthy({ incoming }))).toThrow("place 0 to place 1");
    expect(() => checkDirection(healthy({ incoming, outgoing }))).toThrow("place 0 to place 1");
  });

  test("are broken where the sender does not know, or the text cannot be read", () => {
    const outgoing = healthy().outgoing.map(({ text }) => ({ text, state: "waiting" as const }));
    expect(() => checkDirection(healthy({ outgoing }))).toThrow("'a' is waiting, not delivered");
    const incoming = healthy().incoming.map(({ text }) => ({ text, kind: "unreadable" as const }));
    expect(() => checkDirection(healthy({ incoming }))).toThrow("cannot be read");
  });

  test("are broken where somebody is told twice", () => {
    const told = [
      { id: "1", text: "a" },
      { id: "2", text: "b" },
    ];
    expect(() => checkToldOnce(4, told)).not.toThrow();
    expect(() => checkToldOnce(4, [...told, { id: "3", text: "a" }])).toThrow("place 4 was told");
    expect(() => checkToldOnce(4, [...told, { id: "2", text: "c" }])).toThrow("place 4 was told");
  });
});
