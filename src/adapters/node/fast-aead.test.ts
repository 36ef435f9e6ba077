import { describe, expect, test } from "vitest";
import type { AeadKey, AeadName } from "../../crypto/suite.ts";
import { createNodeSuite } from "./crypto.ts";
import { measureFastAead } from "./fast-aead.ts";

/** AEADs that do nothing but let time pass, and the clock that shows it. */
function timed(us: Readonly<Record<AeadName, readonly number[]>>) {
  let nowUs = 0;
  const key = (name: AeadName): AeadKey => {
    let call = 0;
    const sealInto = (): void => {
      nowUs += us[name][call++ % us[name].length] ?? 0;
    };
    return { seal: () => new Uint8Array(0), sealInto, open: () => undefined };
  };
  return measureFastAead(key, () => nowUs);
}

describe("the AEAD that is faster here", () => {
  test("is AES only where it takes clearly less time", () => {
    const chacha = [10];
    expect(timed({ "aes-256-gcm": [5], "chacha20-poly1305": chacha })).toBe("aes-256-gcm");
    expect(timed({ "aes-256-gcm": [9], "chacha20-poly1305": chacha })).toBe("aes-256-gcm");
    expect(timed({ "aes-256-gcm": [9.1], "chacha20-poly1305": chacha })).toBe("chacha20-poly1305");
    expect(timed({ "aes-256-gcm": [80], "chacha20-poly1305": chacha })).toBe("chacha20-poly1305");
  });

  test("is judged by the quickest trial, as others use the processor too", () => {
    const us = { "aes-256-gcm": [900, 5, 70], "chacha20-poly1305": [10, 10, 10] };
    expect(timed(us)).toBe("aes-256-gcm");
  });

  test("is looked for no longer than 8 ms and two trials", () => {
    const slow = { "aes-256-gcm": [9_000, 9_000, 1], "chacha20-poly1305": [4_000, 4_000, 5_000] };
    expect(timed(slow)).toBe("chacha20-poly1305");
    const disturbed = { "aes-256-gcm": [9_000, 9_000, 1], "chacha20-poly1305": [40, 9_000, 50] };
    expect(timed(disturbed)).toBe("chacha20-poly1305");
    const quick = { "aes-256-gcm": [900, 900, 1], "chacha20-poly1305": [400, 400, 500] };
    expect(timed(quick)).toBe("aes-256-gcm");
  });

  test("is judged by sealing into memory that is there", () => {
    const lengths = new Set<number>();
    const sealInto = (_n: Uint8Array, _a: Uint8Array, plain: Uint8Array, out: Uint8Array): void => {
      lengths.add(out.length - plain.length);
    };
    const seal = (): never => {
      throw new RangeError("takes new memory");
    };
    measureFastAead(() => ({ seal, sealInto, open: () => undefined }));
    expect([...lengths]).toEqual([16]);
  });

  test("is found once, or said by whoever makes the suite", () => {
    const found = createNodeSuite().fastAead;
    expect(["aes-256-gcm", "chacha20-poly1305"]).toContain(found);
    for (let i = 0; i < 20; i++) expect(createNodeSuite().fastAead).toBe(found);
    expect(createNodeSuite("aes-256-gcm").fastAead).toBe("aes-256-gcm");
    expect(createNodeSuite("chacha20-poly1305").fastAead).toBe("chacha20-poly1305");
  });
});
