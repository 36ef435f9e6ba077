import { expect, test } from "vitest";
import type { Ffi } from "./ffi.ts";
import { preferLargePages } from "./large-pages.ts";

declare const WebAssembly: {
  readonly Memory: new (size: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
};

function memory(): ArrayBuffer {
  return new WebAssembly.Memory({ initial: 33 }).buffer;
}

test("memory stays as it was", () => {
  const bytes = new Uint8Array(memory()).fill(7);
  preferLargePages(bytes.buffer);
  expect(bytes.every((byte) => byte === 7)).toBe(true);
});

test("without native calls, or without that function, nothing happens", () => {
  preferLargePages(memory(), undefined);
  const missing: Pick<Ffi, "find" | "addressOf"> = {
    addressOf: () => 0,
    find: () => {
      throw new RangeError("no such function");
    },
  };
  preferLargePages(memory(), missing as Ffi);
});
