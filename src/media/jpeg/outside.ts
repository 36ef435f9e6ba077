import { MediaError } from "../errors.ts";
import { decodeJpeg } from "./decode.ts";
import { type Coefficients, emptyCoefficients, type Frame, frameOf } from "./frame.ts";
import { writeSequential } from "./write.ts";

/** Blocks per row of the JPEG that carries blocks outside the picture. */
const ROW_BLOCKS = 512;

/**
 * Places of the blocks that fill up a frame's units but show nothing: a progressive JPEG carries
 * only their first coefficient (ITU T.81 section A.2.2).
 */
function outsideBlocks(
  frame: Frame,
): readonly { readonly component: number; readonly at: number }[] {
  return frame.components.flatMap((part, component) => {
    const places: { component: number; at: number }[] = [];
    for (let row = 0; row < part.blocksHigh; row++) {
      const start = row < part.ownHigh ? part.ownWide : 0;
      for (let column = start; column < part.blocksWide; column++) {
        places.push({ component, at: 64 * (row * part.blocksWide + column) });
      }
    }
    return places;
  });
}

function carrier(count: number): Frame {
  const [width, height] = [8 * ROW_BLOCKS, 8 * Math.ceil(count / ROW_BLOCKS)];
  return frameOf(false, width, height, [{ id: 1, h: 1, v: 1, quantisation: 0 }]);
}

/** A JPEG that carries the blocks outside the picture, or nothing where they are empty. */
export function encodeOutside(frame: Frame, coefficients: Coefficients): Uint8Array {
  const places = outsideBlocks(frame);
  const frameOfOutside = carrier(places.length);
  const carried = emptyCoefficients(frameOfOutside);
  let isEmpty = true;
  for (const [index, { component, at }] of places.entries()) {
    const block = coefficients[component]?.subarray(at + 1, at + 64) ?? [];
    carried[0]?.set(block, 64 * index + 1);
    isEmpty &&= block.every((value) => value === 0);
  }
  if (isEmpty) return new Uint8Array(0);
  return writeSequential(frameOfOutside, carried, [new Uint8Array(64).fill(1)]);
}

/**
 * Puts the blocks back.
 * @throws MediaError where they are not as many as the frame has
 */
export function applyOutside(frame: Frame, coefficients: Coefficients, jpeg: Uint8Array): void {
  if (jpeg.length === 0) return;
  const places = outsideBlocks(frame);
  const decoded = decodeJpeg(jpeg);
  const [blocks] = decoded.coefficients;
  if (!blocks || decoded.coefficients.length > 1 || blocks.length < 64 * places.length) {
    throw new MediaError("malformed", "The re-scanned JPEG lacks blocks of its original.");
  }
  for (const [index, { component, at }] of places.entries()) {
    coefficients[component]?.set(blocks.subarray(64 * index + 1, 64 * index + 64), at + 1);
  }
}
