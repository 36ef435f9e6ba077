import { expect, test } from "vitest";
import type { Output } from "./output.ts";
import { sayQr } from "./qr.ts";

async function said(text: string, columns: number | undefined): Promise<string> {
  const lines: string[] = [];
  const output: Output = {
    ...{ json: false, lively: false },
    ...{ result: () => undefined, say: (line) => lines.push(line), progress: () => undefined },
  };
  await sayQr(output, text, columns);
  return lines.join("\n");
}

const widthOf = (code: string): number => Math.max(...code.split("\n").map((line) => line.length));

test("a code that is a little too wide has a thinner border, and a wider one is told in words", async () => {
  const link = "PEERNET:INVITE/".padEnd(700, "A");
  expect(widthOf(await said(link, undefined))).toBe(81);
  expect(widthOf(await said(link, 81))).toBe(81);
  expect(widthOf(await said(link, 80))).toBe(79);
  expect(await said(link, 60)).toBe(
    "The QR code takes 79 columns and this window has 60: make it wider and type the command again, or use the link.",
  );
});
