import { expect, test } from "vitest";
import { quoted, typedCommand, typedOption } from "./words.ts";

test("a name is typed as a shell takes it", () => {
  expect(quoted("anna")).toBe("anna");
  expect(quoted("Cleo B")).toBe("'Cleo B'");
  expect(quoted("Anna's phone\u0007")).toBe(String.raw`'Anna'\''s phone·'`);
});

test("a name that begins with a dash is typed where it is no option", () => {
  expect(typedCommand("line accept", ["Cleo B", "hour"], "--limit 5")).toBe(
    "peernet line accept 'Cleo B' hour --limit 5",
  );
  expect(typedCommand("line accept", ["-cleo", "hour"], "--limit 5")).toBe(
    "peernet line accept --limit 5 -- -cleo hour",
  );
  expect(typedCommand("unmount", ["--all"])).toBe("peernet unmount -- --all");
  expect([typedOption("with", "hour"), typedOption("with", "-hour")]).toEqual([
    "--with hour",
    "--with=-hour",
  ]);
});
