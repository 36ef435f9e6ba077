import { expect, test } from "vitest";
import { quoted } from "./words.ts";

test("a name is typed as a shell takes it", () => {
  expect(quoted("anna")).toBe("anna");
  expect(quoted("Cleo B")).toBe("'Cleo B'");
  expect(quoted("Anna's phone\u0007")).toBe(String.raw`'Anna'\''s phone·'`);
});
