import { expect, test } from "vitest";
import { SILENT_LOG } from "../ports/index.ts";
import { SessionError, type Stream, sessionLimits } from "../session/index.ts";
import { ANSWERS_UNREAD_BYTES_MAX } from "./limits.ts";
import { encodeFrame } from "./protocol.ts";
import { Reading } from "./reading.ts";

/** A stream whose other side takes nothing. */
class StalledStream implements Stream {
  readonly id = 1;
  readonly peer = `fd${"0".repeat(30)}`;
  readonly service = "feed";
  unacknowledgedBytes = 0;
  isReset = false;

  write(bytes: Uint8Array): boolean {
    if (this.isReset) return false;
    this.unacknowledgedBytes += bytes.length;
    if (this.unacknowledgedBytes > sessionLimits.UNSENT_BYTES_MAX) {
      throw new SessionError("overflow", "nobody waits for onDrain");
    }
    return this.unacknowledgedBytes <= sessionLimits.UNSENT_BYTES_HIGH;
  }

  end(): void {}

  reset(): void {
    this.isReset = true;
  }

  consume(): void {}
}

test("an author who asks and asks and never reads the answers is cut off", () => {
  const stream = new StalledStream();
  let over = 0;
  const reading = new Reading(
    stream,
    SILENT_LOG,
    () => undefined,
    () => over++,
  );
  const feedId = "0".repeat(32);
  const hash = new Uint8Array(32);
  const summary = { feedId, hash, seq: 1 };
  const offer = encodeFrame({ t: "offer", feeds: new Array(64).fill(summary) });
  const nearlyFull = sessionLimits.UNSENT_BYTES_MAX - 4_096;
  while (!stream.isReset && stream.unacknowledgedBytes < nearlyFull) reading.onData(offer);
  // The disk answers last, outside of any call that would catch an error.
  for (let i = 0; i < 1_000; i++) reading.settled(feedId, 1, 1);
  expect([stream.isReset, over]).toEqual([true, 1]);
  expect(stream.unacknowledgedBytes).toBeLessThan(2 * ANSWERS_UNREAD_BYTES_MAX);
});
