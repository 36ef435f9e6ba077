import type { Output } from "./output.ts";

/** Says a text as a QR code out of characters, for a camera in front of the screen. */
export async function sayQr(output: Output, text: string): Promise<void> {
  const { renderUnicodeCompact } = await import("uqr");
  output.say(renderUnicodeCompact(text, { border: 2, ecc: "L" }));
}
