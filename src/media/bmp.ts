import { MediaError } from "./errors.ts";
import { emptyPicture, type Picture } from "./picture.ts";

/** Bits of a pixel that are read. */
const DEPTHS: readonly number[] = [8, 24, 32];

/**
 * Decodes an uncompressed BMP with 8, 24 or 32 bits per pixel.
 * @throws MediaError for others
 */
export function decodeBmp(bytes: Uint8Array): Picture {
  if (bytes.length < 54) throw new MediaError("truncated", "The BMP's header is cut short.");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const width = view.getInt32(18, true);
  const signedHeight = view.getInt32(22, true);
  const height = Math.abs(signedHeight);
  const depth = view.getUint16(28, true);
  const compression = view.getUint32(30, true);
  const isPlain = compression === 0 || (compression === 3 && depth === 32);
  if (!DEPTHS.includes(depth) || !isPlain) {
    throw new MediaError("unsupported", "This kind of BMP is not looked into.");
  }
  const picture = emptyPicture(width, height);
  const palette = bytes.subarray(14 + view.getUint32(14, true));
  const first = view.getUint32(10, true);
  const stride = 4 * Math.ceil((width * depth) / 32);
  for (let y = 0; y < height; y++) {
    const row = bytes.subarray(first + (signedHeight > 0 ? height - 1 - y : y) * stride);
    paintRow(row, depth, palette, picture.rgb.subarray(3 * y * width, 3 * (y + 1) * width));
  }
  return picture;
}

function paintRow(row: Uint8Array, depth: number, palette: Uint8Array, rgb: Uint8Array): void {
  const source = depth === 8 ? palette : row;
  for (let x = 0; 3 * x < rgb.length; x++) {
    const from = depth === 8 ? 4 * (row[x] ?? 0) : (x * depth) / 8;
    for (let part = 0; part < 3; part++) rgb[3 * x + part] = source[from + 2 - part] ?? 0;
  }
}
