import { existsSync } from "node:fs";
import { afterEach, describe, expect, test, vi } from "vitest";
import { ffiMissing, loadFfi } from "./ffi.ts";
import { findLibc } from "./libc.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("native calls", () => {
  test("are not there where the switch says so, and it is told how to have them", () => {
    vi.stubEnv("PEERNET_FFI", "off");
    expect(loadFfi()).toBeUndefined();
    expect(ffiMissing()).toContain("PEERNET_FFI=off");
    expect(findLibc()).toBeUndefined();
  });

  test("are there, or a sentence says what to do", () => {
    expect(loadFfi() === undefined).toBe(ffiMissing() !== "");
    expect(loadFfi()).toBe(loadFfi());
  });

  const isOff = process.env["PEERNET_FFI"] === "off" || !existsSync("node_modules/koffi");
  const hasPrebuilt = process.platform === "linux" && ["x64", "arm64"].includes(process.arch);
  // All other tests of native calls are passed over where there are none.
  test.skipIf(isOff || !hasPrebuilt)("are there on Linux, whichever Node runs this", () => {
    expect(ffiMissing()).toBe("");
  });

  test.skipIf(loadFfi() === undefined)("reach this process, and refuse what it has not", () => {
    const ffi = loadFfi();
    expect(ffi?.find("abs", ["int"])(-7)).toBe(7);
    expect(() => ffi?.find("peernet_has_no_such_function", [])).toThrow();
    const bytes = new Uint8Array(100).fill(65, 0, 3);
    expect(ffi?.find("strlen", ["address"])(ffi.addressOf(bytes))).toBe(3);
    expect(ffi?.find("strlen", ["text"])("four")).toBe(4);
    expect(ffi?.find("close", ["int"])(-1)).toBe(-1);
    expect(ffi?.errno()).toBe(9);
  });
});
