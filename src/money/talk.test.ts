import { expect, test } from "vitest";
import { SILENT_LOG } from "../ports/index.ts";
import type { Stream } from "../session/index.ts";
import { ManualClock } from "../testing/fixtures.ts";
import { Gathering } from "./gathering.ts";
import { UNSENT_BYTES_MAX } from "./limits.ts";
import type { LineEntry } from "./line-entry.ts";
import { encodeFrame } from "./protocol.ts";
import { Talk, type TalkHost } from "./talk.ts";

const LINE = { id: "a".repeat(26) } as LineEntry;

/** An open talk over a stream that holds so many bytes, and takes more or does not. */
function talkOver(state: { unacknowledgedBytes: number; takes: boolean }): Talk {
  const host = {
    ...{ linesWith: () => [], opened: () => true, isFull: () => false, drained() {}, over() {} },
  } as unknown as TalkHost;
  const gathering = new Gathering();
  const talk = new Talk(
    { clock: new ManualClock(), log: SILENT_LOG, host, gathering, together: (call) => call() },
    { peer: "p", person: "p", isOpener: true },
  );
  talk.start({
    get unacknowledgedBytes() {
      return state.unacknowledgedBytes;
    },
    write: () => state.takes,
    consume() {},
  } as unknown as Stream);
  talk.onData(encodeFrame({ t: "hello" }));
  return talk;
}

test("bytes that wait on a stream for a partner who does not read: at the limit and one above", () => {
  const state = { unacknowledgedBytes: UNSENT_BYTES_MAX, takes: true };
  const talk = talkOver(state);
  expect(talk.tellMessage(LINE, new Uint8Array(1))).toBe(true);
  state.unacknowledgedBytes = UNSENT_BYTES_MAX + 1;
  expect(talk.tellMessage(LINE, new Uint8Array(1))).toBe(false);
});

test("what waits in memory because a stream takes nothing counts as much as what the stream holds", () => {
  const state = { unacknowledgedBytes: 0, takes: true };
  const talk = talkOver(state);
  const message = new Uint8Array(1_000);
  const frameBytes = encodeFrame({ t: "told", line: LINE.id, message }).length;
  state.takes = false;
  // The first is written, and the stream says that it takes no more.
  expect(talk.tellMessage(LINE, message)).toBe(true);
  let waiting = 0;
  while (talk.tellMessage(LINE, message)) waiting++;
  // One is taken for as long as no more than the limit waits.
  expect(waiting).toBe(Math.floor(UNSENT_BYTES_MAX / frameBytes) + 1);
  state.takes = true;
  talk.onDrain();
  expect(talk.tellMessage(LINE, message)).toBe(true);
});
