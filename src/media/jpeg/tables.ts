import { MediaError } from "../errors.ts";
import { type Frame, parseFrame } from "./frame.ts";
import { type HuffmanTable, huffmanTable } from "./huffman.ts";
import { isFrame, MARKER, type Section } from "./sections.ts";

/** What the segments of a JPEG have said so far. */
export class JpegTables {
  readonly dc: (HuffmanTable | undefined)[] = [];
  readonly ac: (HuffmanTable | undefined)[] = [];
  /** By number of the table, 64 factors in zigzag order. */
  readonly quantisation: (Uint16Array | undefined)[] = [];
  /** Units between restart markers; 0: none. */
  interval = 0;
  frame: Frame | undefined;

  /**
   * Takes in a segment; segments that are no tables are left alone. True: it was the frame.
   * @throws MediaError for segments that make no sense
   */
  read({ marker, payload }: Section): boolean {
    if (marker === MARKER.huffman) this.#huffman(payload);
    else if (marker === MARKER.quantisation) this.#quantisation(payload);
    else if (marker === MARKER.interval) {
      if (payload.length !== 2) throw new MediaError("malformed", "A JPEG segment is odd.");
      this.interval = (payload[0] ?? 0) * 256 + (payload[1] ?? 0);
    } else if (marker === MARKER.lines) {
      throw new MediaError("unsupported", "A JPEG that tells its height late is not looked into.");
    } else if (isFrame(marker)) {
      if (this.frame) throw new MediaError("unsupported", "A JPEG of several frames.");
      this.frame = parseFrame(marker, payload);
      return true;
    }
    return false;
  }

  #huffman(payload: Uint8Array): void {
    for (let at = 0; at < payload.length; ) {
      const kind = payload[at] ?? 0;
      const counts = payload.subarray(at + 1, at + 17);
      const total = counts.reduce((sum, count) => sum + count, 0);
      const symbols = payload.subarray(at + 17, at + 17 + total);
      if (counts.length < 16 || symbols.length < total || (kind & 0xec) !== 0) {
        throw new MediaError("malformed", "The JPEG has an impossible Huffman table.");
      }
      const tables = kind >> 4 === 0 ? this.dc : this.ac;
      tables[kind & 3] = huffmanTable({ counts, symbols });
      at += 17 + total;
    }
  }

  #quantisation(payload: Uint8Array): void {
    for (let at = 0; at < payload.length; ) {
      const kind = payload[at] ?? 0;
      const width = kind >> 4 === 0 ? 1 : 2;
      const factors = payload.subarray(at + 1, at + 1 + 64 * width);
      if (factors.length < 64 * width || (kind & 0xec) !== 0) {
        throw new MediaError("malformed", "The JPEG has an impossible quantisation table.");
      }
      this.quantisation[kind & 3] = Uint16Array.from({ length: 64 }, (_, index) => {
        const first = factors[index * width] ?? 0;
        return width === 1 ? first : first * 256 + (factors[index * width + 1] ?? 0);
      });
      at += 1 + 64 * width;
    }
  }
}
