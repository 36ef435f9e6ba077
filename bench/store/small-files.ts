/** Bytes of one small file. */
export const FILE_BYTES = 1_024;
/** Files in one directory of a tree of small files. */
export const FILES_PER_FOLDER = 1_000;

/** Fills `into` with what file `number` holds: different in every file, and not compressible. */
export function fileOf(number: number, into: Buffer): Buffer {
  let state = (number + 1) * 2_654_435_761;
  for (let at = 0; at < FILE_BYTES; at += 4) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    into.writeUInt32LE(state, at);
  }
  return into;
}

/** The directory of file `number`. */
export function directoryOf(number: number): string {
  return String(Math.floor(number / FILES_PER_FOLDER));
}
