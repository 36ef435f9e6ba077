/** Bytes that every frame of a run begins with and that stand apart from its body. */
export const RUN_HEAD_BYTES = 13;

/**
 * A message cut into frames of one size, as the system sends and takes them with one call. Each
 * frame is a head and a share of the body, so that neither side has to move the body for the sake
 * of the heads. All bytes are lent for the time of the call that brings them.
 */
export interface FrameRun {
  /** Bytes of every frame but the last, which may be shorter; more than `RUN_HEAD_BYTES`. */
  readonly frameBytes: number;
  readonly count: number;
  /** `RUN_HEAD_BYTES` for each frame, one behind another. */
  readonly heads: Uint8Array;
  /** What the body begins with: part of the first frame, often empty. */
  readonly lead: Uint8Array;
  /** The rest of the body. */
  readonly body: Uint8Array;
}

/** Whether sizes and number of frames fit each other. */
export function isSoundRun({ frameBytes, count, heads, lead, body }: FrameRun): boolean {
  const roomBytes = frameBytes - RUN_HEAD_BYTES;
  const bodyBytes = lead.length + body.length;
  return (
    roomBytes > 0 &&
    lead.length <= roomBytes &&
    count === Math.max(1, Math.ceil(bodyBytes / roomBytes)) &&
    heads.length >= count * RUN_HEAD_BYTES
  );
}

/** Puts one frame of a run together at the beginning of `into`; its size in bytes. */
export function writeFrameOfRun(run: FrameRun, index: number, into: Uint8Array): number {
  const { frameBytes, heads, lead, body } = run;
  const roomBytes = frameBytes - RUN_HEAD_BYTES;
  into.set(heads.subarray(index * RUN_HEAD_BYTES, (index + 1) * RUN_HEAD_BYTES));
  const from = index * roomBytes - lead.length;
  const end = Math.min(body.length, from + roomBytes);
  let at = RUN_HEAD_BYTES;
  if (index === 0) {
    into.set(lead, at);
    at += lead.length;
  }
  into.set(body.subarray(Math.max(0, from), end), at);
  return at + end - Math.max(0, from);
}
