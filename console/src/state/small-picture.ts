import { PICTURE_SIDE } from "../limits.ts";
import { say } from "../words/language.ts";
import { ConsoleError } from "./errors.ts";

/** How good the JPEG is, from 0 to 1. */
const QUALITY = 0.85;

/** What is cut out of a picture. */
export interface Cut {
  readonly x: number;
  readonly y: number;
  readonly side: number;
}

/** The square in the middle of a picture. */
export function middleOf(width: number, height: number): Cut {
  const side = Math.min(width, height);
  return { x: (width - side) / 2, y: (height - side) / 2, side };
}

/**
 * The middle of a picture file as a small JPEG, drawn anew: nothing but its pixels is in it.
 * @throws ConsoleError("not-shown") where the browser cannot read it
 */
export async function smallPicture(file: Blob): Promise<Uint8Array<ArrayBuffer>> {
  const small = await drawn(file).catch(() => null);
  if (small === null) throw new ConsoleError("not-shown", say().picture.unreadable);
  return new Uint8Array(await small.arrayBuffer());
}

async function drawn(file: Blob): Promise<Blob | null> {
  const source = await createImageBitmap(file);
  const { x, y, side } = middleOf(source.width, source.height);
  const canvas = document.createElement("canvas");
  canvas.width = Math.min(PICTURE_SIDE, side);
  canvas.height = canvas.width;
  const pen = canvas.getContext("2d");
  // What is transparent is white in a JPEG.
  if (pen !== null) pen.fillStyle = "#fff";
  pen?.fillRect(0, 0, canvas.width, canvas.height);
  pen?.drawImage(source, x, y, side, side, 0, 0, canvas.width, canvas.height);
  source.close();
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
}
