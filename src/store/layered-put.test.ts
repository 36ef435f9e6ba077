import { expect, test } from "vitest";
import { makeStoreNet } from "../../test/support/store-net.ts";
import { equalBytes, utf8 } from "../base/bytes.ts";
import type { LayerPlan } from "../media/index.ts";
import { get, pattern, put, STRIPE, tryPut } from "./jobs.fixture.ts";
import { LayeredPut } from "./layered-put.ts";
import type { Layering } from "./layering.ts";
import { LAYERED_BACKLOG_MAX, LAYERED_BYTES_MAX, LAYERED_PUTS_MAX } from "./limits.ts";
import type { PutEvents } from "./types.ts";

const SMALL = { stripeBytes: STRIPE };

/** Cuts after a tenth, with a word as preview, and turns the body round; answers when told to. */
class LaterLayering implements Layering {
  #waiting: (() => void)[] = [];
  damages = false;

  plan(file: Uint8Array, _name: string, _profile: unknown, done: (plan: LayerPlan) => void): void {
    const turned = file.toReversed();
    const cut = Math.floor(turned.length / 10);
    this.#waiting.push(() =>
      done({
        mediaType: "text/x-turned",
        layers: [
          { level: 1, role: "preview", bytes: utf8("word") },
          { level: 2, role: "body", bytes: turned.subarray(0, cut) },
          { level: 3, role: "body", bytes: turned.subarray(cut) },
        ],
        transform: "jpeg-rescan",
      }),
    );
  }

  restore(
    _transform: unknown,
    body: Uint8Array,
    done: (file: Uint8Array | undefined) => void,
  ): void {
    const file = this.damages ? undefined : body.toReversed();
    this.#waiting.push(() => done(file));
  }

  show(): void {}

  go(): boolean {
    const action = this.#waiting.shift();
    action?.();
    return action !== undefined;
  }
}

test("a file is cut by its profile, and comes back from its body", () => {
  const net = makeStoreNet();
  const layering = new LaterLayering();
  const peer = net.add({ ...SMALL, layering });
  const file = pattern(5 * STRIPE + 3);
  let link = "";
  const events = {
    onDone: (done: string) => {
      link = done;
    },
    onError: () => {},
  };
  const job = peer.store.beginPut({ name: "x", profile: "gentle" }, events);
  job.write(file.subarray(0, 5));
  job.write(file.subarray(5));
  job.finish();
  net.settle();
  expect(link).toBe("");
  layering.go();
  net.settle();
  expect(peer.store.object(link)?.layers.map(({ k, role }) => [k, role])).toEqual([
    [3, "preview"],
    [10, "body"],
    [20, "body"],
  ]);
  const parts: Uint8Array[] = [];
  let isDone = false;
  const read = (range?: { from: number; to: number }) => {
    const heard = {
      onBytes: (bytes: Uint8Array) => void parts.push(bytes.slice()),
      onDone: () => {
        isDone = true;
      },
      onError: () => {},
    };
    return peer.store.get(link, heard, range === undefined ? {} : { range });
  };
  read();
  net.settle();
  expect([parts.length, isDone]).toEqual([0, false]);
  layering.go();
  expect([isDone, parts.length]).toEqual([true, 1]);
  expect(equalBytes(parts[0] ?? new Uint8Array(0), file)).toBe(true);
  read({ from: 7, to: 20 });
  net.settle();
  layering.go();
  expect(parts[1]).toEqual(file.subarray(7, 20));
  const shown = get(net, peer, link, 60_000, { preview: true, layersMax: 1 });
  expect(shown.bytes).toEqual(utf8("word"));
  expect(shown.meta).toMatchObject({ sizeBytes: file.length, mediaType: "text/x-turned" });
});

test("a body that does not become its file is told, and a job that was given up tells nothing", () => {
  const net = makeStoreNet();
  const layering = new LaterLayering();
  const peer = net.add({ ...SMALL, layering });
  let link = "";
  const told: string[] = [];
  const events = {
    onDone: (done: string) => {
      link = done;
    },
    onError: () => void told.push("put error"),
  };
  const begin = () => peer.store.beginPut({ name: "x", profile: "rich" }, events);
  const given = begin();
  given.write(pattern(100));
  given.finish();
  given.abort();
  layering.go();
  net.settle();
  expect([link, told]).toEqual(["", []]);
  const job = begin();
  job.write(pattern(100));
  job.finish();
  layering.go();
  net.settle();
  layering.damages = true;
  const heard = {
    onBytes: () => void told.push("bytes"),
    onDone: () => void told.push("done"),
    onError: ({ code }: { readonly code: string }) => void told.push(code),
  };
  const reading = peer.store.get(link, heard);
  net.settle();
  reading.abort();
  layering.go();
  expect(told).toEqual([]);
  peer.store.get(link, heard);
  net.settle();
  layering.go();
  expect(told).toEqual(["inconsistent"]);
});

test("with the usual layering a text is whole in its first layer", () => {
  const net = makeStoreNet();
  const peer = net.add(SMALL);
  const text = utf8("# Garden\n\nCarrots and beans.\n");
  const link = put(net, peer, text, { more: { name: "garden.md", profile: "gentle" } });
  const got = get(net, peer, link, 60_000, { preview: true, layersMax: 1 });
  expect(got.bytes).toEqual(text);
  expect(got.meta?.layers).toHaveLength(1);
  expect(got.meta?.k).toBe(3);
  const empty = put(net, peer, new Uint8Array(0), { more: { profile: "gentle" } });
  expect(get(net, peer, empty)).toMatchObject({ isDone: true, bytes: new Uint8Array(0) });
});

/** A put that takes so many writes before it wants to be drained. */
function narrow(takes: number) {
  const written: Uint8Array[] = [];
  let drain = (): void => {};
  let isFinished = false;
  const plans: (LayerPlan | undefined)[] = [];
  const put = new LayeredPut({
    job: "j",
    plan: () => {},
    begin: (plan, events: PutEvents) => {
      plans.push(plan);
      drain = () => events.onDrain?.();
      return {
        job: "j",
        write: (bytes) => {
          written.push(Uint8Array.from(bytes));
          return written.length % takes !== 0;
        },
        finish: () => {
          isFinished = true;
        },
        abort: () => {},
      };
    },
    events: { onDone: () => {}, onError: () => {} },
    onOver: () => {},
  });
  const sum = () => written.reduce((all, { length }) => all + length, 0);
  return { put, plans, written, sum, drain: () => drain(), isFinished: () => isFinished };
}

test("a file that is too long to be held goes uncut, heeding back-pressure", () => {
  const { put: job, plans, sum, drain, isFinished } = narrow(50);
  expect(job.write(new Uint8Array(LAYERED_BYTES_MAX))).toBe(true);
  expect(plans).toEqual([]);
  expect(job.write(new Uint8Array(1))).toBe(false);
  expect(plans).toEqual([undefined]);
  for (let i = 1; i < LAYERED_BACKLOG_MAX; i++) job.write(new Uint8Array(3));
  expect(() => {
    for (let i = 0; i < LAYERED_BACKLOG_MAX; i++) job.write(new Uint8Array(3));
  }).toThrow(/Wait for onDrain/);
  job.finish();
  expect(isFinished()).toBe(false);
  for (let i = 0; i < 10; i++) drain();
  expect(isFinished()).toBe(true);
  expect(sum()).toBeGreaterThanOrEqual(LAYERED_BYTES_MAX + 1 + 3 * (LAYERED_BACKLOG_MAX - 2));
});

test("what waits for the disk is a copy, whatever kind of array it came in", () => {
  const { put: job, written, drain } = narrow(1);
  job.write(new Uint8Array(LAYERED_BYTES_MAX + 1));
  const lent = Buffer.of(1, 2, 3);
  job.write(lent);
  lent.fill(9);
  for (let i = 0; i < 200; i++) drain();
  expect(written.at(-1)).toEqual(Uint8Array.of(1, 2, 3));
});

test("as many files are held as the limit says, one more is told to wait", () => {
  const net = makeStoreNet();
  const peer = net.add(SMALL);
  const begin = () =>
    peer.store.beginPut({ name: "x", profile: "gentle" }, { onDone: () => {}, onError: () => {} });
  const jobs = Array.from({ length: LAYERED_PUTS_MAX }, begin);
  expect(begin).toThrow(/being cut/);
  jobs[0]?.abort();
  expect(begin).not.toThrow();
  expect(tryPut(net, peer, pattern(10)).error).toBeUndefined();
});
