import { PassThrough } from "node:stream";
import { afterEach, expect, test, vi } from "vitest";
import { question } from "./question.ts";

afterEach(() => vi.restoreAllMocks());

function typing(text: string): void {
  const input = new PassThrough();
  vi.spyOn(process, "stdin", "get").mockReturnValue(input as unknown as typeof process.stdin);
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  input.end(text);
}

test("a line is the answer, also the last one without an end", async () => {
  typing("tide owl\n");
  expect(await question("Which?", "")).toBe("tide owl");
  typing("tide");
  expect(await question("Which?", "")).toBe("tide");
});

test("an input that ends is told in words, instead of ending the program without any", async () => {
  typing("");
  await expect(question("Which?", "Nothing was changed.")).rejects.toMatchObject({
    name: "CliError",
    message: "Nothing was typed. Nothing was changed.",
  });
});
