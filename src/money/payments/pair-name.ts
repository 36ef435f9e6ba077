import type { LineId } from "../line-desk.ts";
import { PAIR_NAMES_MAX } from "./limits.ts";

const names = new Map<LineId, Map<LineId, string>>();
let count = 0;

/**
 * A line in and a line out, as a key of maps: made once, since a text that is put together anew is hashed anew wherever it is
 * looked up.
 */
export function pairName(lineIn: LineId, lineOut: LineId): string {
  const known = names.get(lineIn)?.get(lineOut);
  if (known !== undefined) return known;
  if (count >= PAIR_NAMES_MAX) {
    names.clear();
    count = 0;
  }
  const outs = names.get(lineIn) ?? new Map<LineId, string>();
  names.set(lineIn, outs);
  const name = `${lineIn}>${lineOut}`;
  outs.set(lineOut, name);
  count++;
  return name;
}
