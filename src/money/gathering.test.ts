import { expect, test } from "vitest";
import { SILENT_LOG } from "../ports/index.ts";
import type { Stream } from "../session/index.ts";
import { ManualClock } from "../testing/fixtures.ts";
import { Gathering } from "./gathering.ts";
import { GATHERED_BYTES } from "./limits.ts";
import type { LineEntry } from "./line-entry.ts";
import { encodeFrame } from "./protocol.ts";
import { Talk, type TalkHost } from "./talk.ts";

const LINE = { id: "a".repeat(26) } as LineEntry;

function talkWith(gathering: Gathering): { talk: Talk; written: Uint8Array[] } {
  const written: Uint8Array[] = [];
  const host = {
    ...{ linesWith: () => [], opened: () => true, isFull: () => false, drained() {}, over() {} },
  } as unknown as TalkHost;
  const run = (call: () => void): void => gathering.during(call);
  const parts = { clock: new ManualClock(), log: SILENT_LOG, host, gathering, together: run };
  const talk = new Talk(parts, { peer: "p", person: "p", isOpener: true });
  talk.start({
    ...{ unacknowledgedBytes: 0, consume() {}, end() {}, reset() {} },
    write: (bytes: Uint8Array) => written.push(bytes.slice()) > 0,
  } as unknown as Stream);
  talk.onData(encodeFrame({ t: "hello" }));
  written.length = 0;
  return { talk, written };
}

const told = (size: number): Uint8Array =>
  encodeFrame({ t: "told", line: LINE.id, message: new Uint8Array(size) });

test("what is said while one thing is dealt with goes out in one piece, in its order, also when that fails", () => {
  const gathering = new Gathering();
  const { talk, written } = talkWith(gathering);
  const deal = (): void =>
    gathering.during(() => {
      gathering.during(() => talk.tellMessage(LINE, new Uint8Array(1)));
      talk.tellMessage(LINE, new Uint8Array(2));
      expect(written).toEqual([]);
      throw new RangeError("on purpose");
    });
  expect(deal).toThrow("on purpose");
  expect(written).toEqual([Uint8Array.of(...told(1), ...told(2))]);
  talk.tellMessage(LINE, new Uint8Array(3));
  expect(written[1]).toEqual(told(3));
});

test("what was gathered is written before a stream is over, and nothing after", () => {
  const gathering = new Gathering();
  const { talk, written } = talkWith(gathering);
  gathering.during(() => {
    talk.tellMessage(LINE, new Uint8Array(1));
    talk.onEnd();
    talk.tellMessage(LINE, new Uint8Array(2));
  });
  expect(written).toEqual([told(1)]);
  const lost = talkWith(gathering);
  gathering.during(() => {
    lost.talk.tellMessage(LINE, new Uint8Array(1));
    lost.talk.onClose("session-lost");
  });
  expect(lost.written).toEqual([]);
});

test("bytes that are gathered: at the limit they are written at once, below it they wait", () => {
  for (const over of [0, 1]) {
    const gathering = new Gathering();
    const { talk, written } = talkWith(gathering);
    gathering.during(() => {
      const each = told(1_000).length;
      let bytes = 0;
      while (bytes + each < GATHERED_BYTES - 500) {
        talk.tellMessage(LINE, new Uint8Array(1_000));
        bytes += each;
      }
      // The last one brings it to the limit, or to one below.
      const head = each - 1_000;
      talk.tellMessage(LINE, new Uint8Array(GATHERED_BYTES - over - bytes - head));
      expect(written.length).toBe(1 - over);
    });
    expect(written.length).toBe(1);
    expect(written[0]?.length).toBe(GATHERED_BYTES - over);
  }
});
