import { FrameSplitter } from "../../feed/index.ts";
import { WireError, Writer } from "../../wire/index.ts";
import { LETTER_BYTES_MAX } from "../limits.ts";
import type { LineId } from "../line-desk.ts";
import { type Carried, decodeFrame, type Reach, writeFrame } from "../protocol.ts";

const VERSION = 1;

/** What is written of one line to a device that is out of reach. */
export interface LineLetter {
  /** The currency, where the partner may not know it. */
  readonly definition: Uint8Array | undefined;
  readonly line: LineId;
  /** Whether batches of the reader's are missing at the writer: all behind `yours` are wanted again. */
  readonly lacks: boolean;
  /** What the writer has of its own half, and of the reader's. */
  readonly mine: Reach;
  readonly yours: Reach;
  readonly batches: readonly Carried[];
}

/** The letter: its version, then frames of the service `money`. */
export function encodeLetter(letter: LineLetter): Uint8Array {
  const { definition, line, lacks, mine, yours, batches } = letter;
  const writer = new Writer(512).u8(VERSION);
  if (definition !== undefined) writeFrame(writer, { t: "offer", definition });
  if (lacks) writeFrame(writer, { t: "unknown", line });
  writeFrame(writer, { t: "have", line, mine, yours });
  if (batches.length > 0) writeFrame(writer, { t: "batches", line, batches });
  return writer.done();
}

/** What a letter says. @throws WireError for anything else than `encodeLetter` writes */
export function decodeLetter(content: Uint8Array): LineLetter {
  if (content[0] !== VERSION) throw new WireError("version", "A letter of a newer Peernet.");
  let definition: Uint8Array | undefined;
  let have: Pick<LineLetter, "line" | "mine" | "yours"> | undefined;
  let lacking: LineId | undefined;
  let carried: { readonly line: LineId; readonly batches: readonly Carried[] } | undefined;
  const splitter = new FrameSplitter(LETTER_BYTES_MAX);
  splitter.push(content.subarray(1), (bytes) => {
    const frame = decodeFrame(bytes);
    if (frame.t === "offer" && have === undefined) definition = frame.definition;
    else if (frame.t === "unknown" && have === undefined) lacking = frame.line;
    else if (frame.t === "have" && have === undefined) have = frame;
    else if (frame.t === "batches" && carried === undefined) carried = frame;
    else throw misplaced();
  });
  if (have === undefined) throw misplaced();
  const { line, mine, yours } = have;
  for (const each of [lacking, carried?.line]) {
    if (each !== undefined && each !== line) throw misplaced();
  }
  const batches = carried?.batches ?? [];
  return { definition, line, lacks: lacking !== undefined, mine, yours, batches };
}

const misplaced = (): WireError => new WireError("malformed", "A letter has other frames.");
