import { describe, expect, test } from "vitest";
import { codeFiles, read } from "./tree.ts";

/** Words that are the same in every language: names, commands, units, what a link begins with. */
const SAME = /^(Peernet|peernet [a-z …]+|GB|peernet:[a-z/…]*)$/;

/** Text between tags, and attributes that are read or seen. */
const TEXT = />\s*([^<>{}=;()]*[A-Za-z]{2}[^<>{}=;()]*?)\s*<(?!\w+>\()/g;
const ATTRIBUTE = /\b(?:aria-label|placeholder|title|alt|label|action|fallback)="([^"]+)"/g;

describe("the words of the console", () => {
  test("stand in message files, not in components", () => {
    const found: string[] = [];
    const files = codeFiles().filter((file) => /^console\/src\/.*\.tsx$/.test(file));
    expect(files.length).toBeGreaterThan(50);
    for (const file of files) {
      const markup = read(file)
        .split("\n")
        .filter((line) => !/^\s*(\/\/|\*|\/\*|import |export |const |function |type )/.test(line))
        .filter((line) => !/=>|\?\.|&&/.test(line))
        .join("\n");
      for (const [pattern, group] of [
        [TEXT, 1],
        [ATTRIBUTE, 1],
      ] as const) {
        for (const match of markup.matchAll(pattern)) {
          const text = match[group] ?? "";
          if (!SAME.test(text.trim()) && !/^\w+\.\w+ \?$/.test(text.trim()))
            found.push(`${file}: ${text.trim()}`);
        }
      }
    }
    expect(found).toEqual([]);
  });
});
