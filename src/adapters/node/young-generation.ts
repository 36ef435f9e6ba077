import { setFlagsFromString } from "node:v8";

/** How long code is new: V8 compiles what runs often, and keeps what it learns about it. */
const WARM_UP_MS = 10_000;
const GROWTH = "--semi-space-growth-factor";
/** That of V8, which every new isolate begins with. */
const USUAL_GROWTH = 2;

/**
 * Keeps the space for new objects as small as the start has left it while the first traffic comes. V8 makes it larger
 * where much survives, and never smaller while there is work; what survives at first is what it learns about
 * the code itself, so a peer that relays would hold 10 MB for ever that it does not need. Afterwards it grows
 * as usual, where much survives then.
 * @returns lets it grow at once
 */
export function holdYoungGeneration(): () => void {
  setFlagsFromString(`${GROWTH}=1`);
  const letGrow = (): void => {
    clearTimeout(timer);
    setFlagsFromString(`${GROWTH}=${USUAL_GROWTH}`);
  };
  const timer = setTimeout(letGrow, WARM_UP_MS).unref();
  return letGrow;
}
