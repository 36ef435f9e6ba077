import { describe, expect, test } from "vitest";
import { NAME_BYTES_MAX, PATH_BYTES_MAX, PATH_DEPTH_MAX } from "./limits.ts";
import { cleanPath, isName, isPath, isWithin, joinPath, nameOf, parentOf } from "./path.ts";

describe("names and paths", () => {
  test.each(["a", "report.pdf", ".hidden", "...", "naïve", "日本.txt", "a b", "😀", "CON", "a\\b"])(
    "%j is a name",
    (name) => expect(isName(name)).toBe(true),
  );

  test.each([
    ["nothing", ""],
    ["this folder", "."],
    ["the folder above", ".."],
    ["a slash", "a/b"],
    ["NUL", "a\0b"],
    ["a line feed", "a\nb"],
    ["delete", "a\u007fb"],
    ["a control character of Latin 1", "a\u0085b"],
    ["half a character", "a\ud800b"],
    ["the other half", "\udc00"],
    ["the sign for damage", "a\ufffd"],
    ["form NFD", "nai\u0308ve"],
  ])("%s is none", (_, name) => {
    expect(isName(name)).toBe(false);
    expect(isPath(`x/${name}`)).toBe(name === "a/b");
  });

  test("length and depth are taken up to their limits", () => {
    expect(isName("x".repeat(NAME_BYTES_MAX))).toBe(true);
    expect(isName("x".repeat(NAME_BYTES_MAX + 1))).toBe(false);
    expect(isName("é".repeat(127))).toBe(true);
    expect(isName("é".repeat(128))).toBe(false);
    expect(isPath(Array.from({ length: PATH_DEPTH_MAX }, () => "d").join("/"))).toBe(true);
    expect(isPath(Array.from({ length: PATH_DEPTH_MAX + 1 }, () => "d").join("/"))).toBe(false);
    const long = Array.from({ length: 16 }, () => "y".repeat(255)).join("/");
    expect(isPath(`${long}y`)).toBe(false);
    expect(long.length).toBe(PATH_BYTES_MAX - 1);
    expect(isPath(long)).toBe(true);
    expect(isPath(`a/${long}`)).toBe(false);
    const wide = Array.from({ length: 16 }, () => "é".repeat(127)).join("/");
    expect(isPath(wide)).toBe(true);
    expect(isPath(`${wide}/${"é".repeat(9)}`)).toBe(false);
  });

  test.each(["", "a", "a/b"])("%j is clean", (path) => expect(cleanPath(path)).toBe(path));

  test.each(["/a", "a/", "a//b", "../a", "a/../b", "a/./b", "\0"])("%j is no path", (path) => {
    expect(cleanPath(path)).toBeUndefined();
  });

  test("what a program writes in form NFD is found in form NFC", () => {
    expect(cleanPath("nai\u0308ve/x")).toBe("naïve/x");
  });

  test("parents, names and what is within", () => {
    expect([parentOf("a/b/c"), parentOf("a"), parentOf("")]).toEqual(["a/b", "", ""]);
    expect([nameOf("a/b/c"), nameOf("a")]).toEqual(["c", "a"]);
    expect([joinPath("", "a"), joinPath("a", "b")]).toEqual(["a", "a/b"]);
    expect(isWithin("a", "a/b") && isWithin("a", "a") && isWithin("", "x")).toBe(true);
    expect(isWithin("a", "ab")).toBe(false);
  });
});
