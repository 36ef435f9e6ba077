import { SIGNATURE_BYTES } from "../../../crypto/index.ts";
import { writeOp } from "../../../money/line/op-codec.ts";
import { CborArrayWriter } from "../../../wire/index.ts";
import type { LineOp } from "./line-half.ts";

/** Bytes of a batch with these operations: what the lines' own codec writes, and a signature. */
export function batchBytes(ops: readonly LineOp[]): number {
  if (ops.length === 0) return 0;
  const writer = new CborArrayWriter(256);
  writer.array(5).uint(1).uint(10_000).uint(10_000).uint(1_700_000_000).array(ops.length);
  for (const op of ops) {
    if (op.t === "fulfil") writeOp(writer, { t: op.t, lock: 10_000, preimage: op.preimage });
    else if (op.t === "cancel") writeOp(writer, { t: op.t, lock: 10_000, reason: op.reason });
    else writeOp(writer, op);
  }
  return writer.done().length + SIGNATURE_BYTES;
}
