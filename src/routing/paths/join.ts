import { concatBytes } from "../../base/bytes.ts";
import type { EchoAnswer, Path } from "../path-types.ts";
import { labelBytes, lastLabelAt, NO_LABEL, readLabel } from "./label-codec.ts";
import { LABELS_BYTES_MAX } from "./limits.ts";

/**
 * One explicit way over a meeting peer W: from here to W as `near` measured it, on to the far end
 * by `far`, the labels from W to there (the far end's `backLabels`). Where both ways leave W
 * alike, the common part is struck from both: no relay sends a labelled packet back to where it
 * came from. Undefined where the far way comes by this peer itself, a stack is invalid, or the
 * result too long.
 */
export function joinWays(near: EchoAnswer, far: Uint8Array): Path | undefined {
  const { backLabels, there } = near;
  let common = 0;
  let keptBytes = there.labels.length;
  for (;;) {
    const label = readLabel(far, common, far.length);
    if (label === NO_LABEL || readLabel(backLabels, common, backLabels.length) !== label) break;
    const lastAt = lastLabelAt(there.labels, 0, keptBytes);
    if (lastAt < 0) return undefined;
    keptBytes = lastAt;
    common += labelBytes(label);
  }
  const labels = concatBytes(there.labels.subarray(0, keptBytes), far.subarray(common));
  if (labels.length > LABELS_BYTES_MAX) return undefined;
  return { firstHop: there.firstHop, labels };
}
