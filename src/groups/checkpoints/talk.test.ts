import { describe, expect, test, vi } from "vitest";
import { Coop, Fellow } from "../../../test/support/coop.ts";
import { suite } from "../../../test/support/hamlet.ts";
import { TypedError } from "../../base/errors.ts";
import { FrameSplitter } from "../../feed/index.ts";
import type { SessionPort, StreamEvents } from "../../session/index.ts";
import { FRAME_BYTES_MAX } from "../limits.ts";
import { helloTag } from "../protocol.ts";
import type { GroupInfo } from "../types.ts";
import {
  CHECKPOINT_SERVICE,
  CHECKPOINT_TAG_LABEL,
  type CheckpointFrame,
  decodeCheckpointFrame,
  encodeCheckpointFrame,
} from "./frames.ts";
import { decodeKept, encodeKept } from "./kept.ts";
import {
  CHECKPOINT_BYTES_MAX,
  CHECKPOINT_OPS_MIN,
  PART_BYTES_MAX,
  REST_OPS_MAX,
  TALK_TIMEOUT_MS,
  WORD_BYTES_MAX,
  WORDS_PER_FRAME_MAX,
} from "./limits.ts";

const SECOND_MS = 1_000;

interface Village {
  readonly coop: Coop;
  readonly anna: Fellow;
  readonly id: string;
  readonly link: string;
}

function village(seed: number, port: (real: SessionPort) => SessionPort = (real) => real): Village {
  const coop = new Coop(seed);
  const join = coop.net.join.bind(coop.net);
  const spy = vi.spyOn(coop.net, "join").mockImplementation((record) => port(join(record)));
  const anna = coop.add("anna");
  spy.mockRestore();
  const info = coop.ask<GroupInfo>((done) => anna.live.create("Coop", done)) as GroupInfo;
  const terms = { uses: 5, role: "member", endpoints: [] } as const;
  const made = coop.ask<{ link: string }>((done) => anna.does.invite(info.id, terms, done));
  for (let step = 0; step < CHECKPOINT_OPS_MIN; step++) {
    coop.ask((done) => anna.does.retitle(info.id, `Coop ${step}`, done));
  }
  return { coop, anna, id: info.id, link: (made as { link: string }).link };
}

function newcomer({ coop, link }: Village): Fellow {
  const cleo = coop.add("cleo");
  coop.ask<GroupInfo>((done) => cleo.live.join(link, done));
  return cleo;
}

/** A port on which the service answers otherwise. */
function answering(real: SessionPort, serve: SessionPort["serve"]): SessionPort {
  return {
    ...real,
    serve: (service, acceptor) =>
      service === CHECKPOINT_SERVICE ? serve(service, acceptor) : real.serve(service, acceptor),
  };
}

/** Somebody who speaks the protocol by hand. */
function hello(coop: Coop, who: Fellow, to: Fellow, group: string, more: readonly Uint8Array[]) {
  const heard: CheckpointFrame[] = [];
  const ends: string[] = [];
  const splitter = new FrameSplitter(FRAME_BYTES_MAX);
  const events: StreamEvents = {
    onData: (bytes) => splitter.push(bytes, (each) => heard.push(decodeCheckpointFrame(each))),
    onEnd: () => ends.push("end"),
    onDrain: () => undefined,
    onClose: (reason) => ends.push(reason),
  };
  const stream = coop.net.join(who.record).openStream(to.identity.id, CHECKPOINT_SERVICE, events);
  const n = new Uint8Array(16).fill(7);
  const place = { from: who.identity.id, to: to.identity.id, nonce: n };
  const g = helloTag(suite, group, place, CHECKPOINT_TAG_LABEL);
  const d = new Uint8Array(16);
  stream?.write(encodeCheckpointFrame({ t: "hello", v: 1, n, g, d, w: true }));
  for (const bytes of more) stream?.write(bytes);
  coop.pass(SECOND_MS);
  return { heard, ends };
}

describe("a newcomer gets in without a checkpoint", () => {
  test("where the member's program is too old to have them", () => {
    const there = village(1, (real) => answering(real, () => undefined));
    const cleo = newcomer(there);
    there.coop.pass(5 * SECOND_MS);
    expect(cleo.live.info(there.id)).toMatchObject({ state: "in", ops: CHECKPOINT_OPS_MIN + 3 });
    expect(cleo.live.find(there.id).log.ops.thinOps).toBe(0);
  });

  test("where nobody answers, after a while", () => {
    const silent: StreamEvents = {
      ...{ onData: () => undefined, onEnd: () => undefined },
      ...{ onDrain: () => undefined, onClose: () => undefined },
    };
    const there = village(2, (real) =>
      answering(real, () => real.serve(CHECKPOINT_SERVICE, () => silent)),
    );
    const cleo = newcomer(there);
    there.coop.pass(TALK_TIMEOUT_MS / 2);
    expect(cleo.live.info(there.id).state).toBe("joining");
    there.coop.pass(TALK_TIMEOUT_MS);
    expect(cleo.live.info(there.id).state).toBe("in");
  });

  test("where its disk is full, and has nothing of it then", () => {
    const there = village(3);
    const cleo = newcomer(there);
    cleo.disk.full = true;
    there.coop.pass(5 * SECOND_MS);
    expect(cleo.live.find(there.id).log.ops.thinOps).toBe(0);
    expect([...cleo.disk.kept.keys()].filter((key) => key.includes("checkpoint"))).toEqual([]);
  });

  test("where what comes is too much of anything", () => {
    const part = encodeCheckpointFrame({ t: "part", b: new Uint8Array(PART_BYTES_MAX) });
    const parts = Math.floor(CHECKPOINT_BYTES_MAX / PART_BYTES_MAX);
    const op = new Uint8Array(1);
    const ops = encodeCheckpointFrame({ t: "ops", o: Array<Uint8Array>(512).fill(op) });
    const done = encodeCheckpointFrame({ t: "done", w: true });
    const flood = (frames: readonly Uint8Array[]): number => {
      let refusals = 0;
      const there = village(4, (real) =>
        answering(real, () =>
          real.serve(CHECKPOINT_SERVICE, (stream) => {
            for (const bytes of frames) stream.write(bytes);
            return {
              ...{ onData: () => undefined, onEnd: () => undefined, onDrain: () => undefined },
              onClose: (reason) => void (reason === "reset" && refusals++),
            };
          }),
        ),
      );
      const cleo = newcomer(there);
      there.coop.pass(5 * SECOND_MS);
      expect(cleo.live.info(there.id).state).toBe("in");
      return refusals;
    };
    expect(flood([...Array<Uint8Array>(parts).fill(part), done])).toBe(0);
    expect(flood([...Array<Uint8Array>(parts + 1).fill(part), done])).toBe(1);
    expect(flood([part, ...Array<Uint8Array>(REST_OPS_MAX / 512).fill(ops), done])).toBe(0);
    expect(flood([part, ...Array<Uint8Array>(REST_OPS_MAX / 512 + 1).fill(ops), done])).toBe(1);
  });
});

describe("the service of checkpoints", () => {
  test("tells nobody anything who is no member", () => {
    const { coop, anna, id } = village(5);
    const mallory = new Fellow("mallory");
    coop.all.push(mallory);
    expect(hello(coop, mallory, anna, id, []).heard).toEqual([]);
  });

  test("takes nothing that only a newcomer gets", () => {
    const { coop, anna, id, link } = village(6);
    const cleo = newcomer({ coop, anna, id, link });
    coop.pass(60 * SECOND_MS);
    const part = encodeCheckpointFrame({ t: "part", b: new Uint8Array(1) });
    const { heard, ends } = hello(coop, cleo, anna, id, [part]);
    expect(heard.length).toBeLessThan(4);
    expect(ends).toContain("reset");
  });

  test("reads frames as they were written, up to their limits", () => {
    const words = (count: number, bytes: number): CheckpointFrame => ({
      t: "words",
      l: Array<Uint8Array>(count).fill(new Uint8Array(bytes)),
    });
    const read = (frame: CheckpointFrame) =>
      decodeCheckpointFrame(encodeCheckpointFrame(frame).subarray(4));
    const most = words(WORDS_PER_FRAME_MAX, WORD_BYTES_MAX);
    expect(read(most)).toEqual(most);
    expect(() => read(words(WORDS_PER_FRAME_MAX + 1, 1))).toThrow(TypedError);
    expect(() => read(words(1, WORD_BYTES_MAX + 1))).toThrow(TypedError);
    expect(() => read({ t: "part", b: new Uint8Array(PART_BYTES_MAX + 1) })).toThrow(TypedError);
    const kept = { words: [new Uint8Array(9)], skeleton: new Uint8Array(7), atMs: 5 };
    expect(decodeKept(encodeKept(kept))).toEqual(kept);
    expect(() => decodeKept(encodeKept(kept).subarray(1))).toThrow(TypedError);
  });
});
