import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toHex, utf8 } from "../../base/bytes.ts";
import { RatchetError } from "./errors.ts";
import { PACKED_TEXT_BYTES_MAX } from "./limits.ts";
import { packText, unpackText } from "./packing.ts";

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof RatchetError) return error.code;
    throw error;
  }
  return "none";
}

describe("packed texts", () => {
  test("come back, whatever they are, and are never longer by more than a byte", () => {
    const all = fc.oneof(fc.string(), fc.string({ unit: "grapheme" }), fc.lorem());
    fc.assert(
      fc.property(all, (text) => {
        const packed = packText(text);
        expect(packed.length).toBeLessThanOrEqual(utf8(text).length + 1);
        expect(unpackText(packed, 16_384)).toBe(text);
      }),
      { seed: 3, numRuns: 200 },
    );
  });

  test("what people write takes half, in many languages", () => {
    for (const text of [
      "Grandma's knee surgery went smoothly, visiting hours start at four.",
      "Das Fahrrad steht noch im Keller, der Schlüssel liegt unter dem Blumentopf.",
      "La boulangerie ferme plus tôt aujourd'hui, prends deux baguettes.",
      "El partido empieza a las nueve, traed las sillas plegables.",
      "Собака опять съела мои тапочки, завтра куплю новые на рынке",
      "你明天早上有时间吗？我们在车站见面吧。",
    ]) {
      expect(packText(text).length).toBeLessThan(0.6 * utf8(text).length);
      expect(unpackText(packText(text), 500)).toBe(text);
    }
  });

  // The format is what both ends compute: a change of model or primer must get a new number.
  test("have always the same bytes", () => {
    const packed = packText("Hello, are you coming to the market with us on Friday?");
    expect(toHex(packed)).toBe("019a80104273711c6a58ed3c5a97c854d19d0bc7");
    expect(toHex(packText(""))).toBe("00");
    expect(toHex(packText("\u0000\u0007"))).toBe("000007");
  });

  test("are packed up to a limit and unfold to no more than is allowed", () => {
    const most = "a".repeat(PACKED_TEXT_BYTES_MAX);
    expect(packText(most).length).toBeLessThan(40);
    expect(packText(`${most}a`).length).toBe(PACKED_TEXT_BYTES_MAX + 2);
    expect(unpackText(packText(most), PACKED_TEXT_BYTES_MAX)).toBe(most);
    expect(codeOf(() => unpackText(packText(most), PACKED_TEXT_BYTES_MAX - 1))).toBe("too-large");
    expect(codeOf(() => unpackText(packText(`${most}a`), PACKED_TEXT_BYTES_MAX))).toBe("too-large");
  });

  test("that are made up give a text or a typed error", () => {
    const codes = new Set<string>();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        codes.add(codeOf(() => unpackText(bytes, 300)));
        codes.add(codeOf(() => unpackText(Uint8Array.of(1, ...bytes), 300)));
      }),
      { seed: 4, numRuns: 300 },
    );
    expect([...codes].sort()).toEqual(["malformed", "none", "too-large"]);
    expect(codeOf(() => unpackText(new Uint8Array(0), 300))).toBe("malformed");
    expect(codeOf(() => unpackText(Uint8Array.of(2, 65), 300))).toBe("malformed");
    expect(codeOf(() => unpackText(Uint8Array.of(0, 0xff), 300))).toBe("malformed");
  });

  test("leave nothing behind for the next one", () => {
    const text = "The same words again and again";
    const first = toHex(packText(text));
    packText("something else ".repeat(20));
    expect(codeOf(() => unpackText(Uint8Array.of(1, 9, 9, 9), 5))).toBe("too-large");
    expect(toHex(packText(text))).toBe(first);
  });
});
