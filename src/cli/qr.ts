import type { Output } from "./output.ts";

/** Light cells around a code, where there is room for them, and the fewest that cameras still read. */
const BORDERS = [2, 1] as const;

/**
 * Says a text as a QR code out of characters, for a camera in front of the screen.
 * @param columns of the window; undefined where there is none
 */
export async function sayQr(
  output: Output,
  text: string,
  columns: number | undefined = process.stderr.columns,
): Promise<void> {
  const { renderUnicodeCompact } = await import("uqr");
  let widest = 0;
  for (const border of BORDERS) {
    const code = renderUnicodeCompact(text, { border, ecc: "L" });
    widest = code.indexOf("\n");
    if (columns === undefined || widest <= columns) {
      output.say(code);
      return;
    }
  }
  output.say(
    `The QR code takes ${widest} columns and this window has ${columns}: make it wider and type the command again, or use the link.`,
  );
}
