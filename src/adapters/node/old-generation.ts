import { setFlagsFromString } from "node:v8";

/** How much may be added to what lives before V8 looks for what does not, in percent; some megabytes in any case. */
const GROWTH_PERCENT = 20;
/** V8 chooses by itself, after each collection anew. */
const V8_CHOOSES = 0;
/** How long a start may take, collections included. */
const START_MS = 10_000;
/** Versions of V8 that are known to have the flag; it writes to the screen about one that it does not know. */
const KNOWN: readonly string[] = ["11.3.", "12.4.", "13.6."];

/** It is one heap, so the latest call counts. */
let timer: NodeJS.Timeout | undefined;

/**
 * Has V8 set a close bound for old objects at the start. To be called before the program is read: that lives on, so V8
 * expects the same of all that follows and allows several times as much before it looks, and a peer that carries packets
 * held as many dead objects as living ones. From the next collection on V8's own choice is a good one; bulk work
 * needs it, as collecting more often costs whoever stores many small files a fifth to a third more processor time.
 * @param v8 version of V8, such as 11.3.244.8-node.38; others than those that are known stay as they are
 * @returns lets V8 choose at once
 */
export function collectEarlier(v8: string = process.versions.v8): () => void {
  clearTimeout(timer);
  const flag = earlierFlag(v8);
  if (flag === undefined) return () => undefined;
  setFlagsFromString(flag);
  const letChoose = (): void => {
    clearTimeout(timer);
    setFlagsFromString(growthFlag(V8_CHOOSES));
  };
  timer = setTimeout(letChoose, START_MS).unref();
  return letChoose;
}

/** What V8 is told for that; undefined where nothing is known of this version. */
export function earlierFlag(v8: string = process.versions.v8): string | undefined {
  return KNOWN.some((version) => v8.startsWith(version)) ? growthFlag(GROWTH_PERCENT) : undefined;
}

function growthFlag(percent: number): string {
  return `--heap-growing-percent=${percent}`;
}
