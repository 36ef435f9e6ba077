import type { Endpoint, Transport, TransportEvents } from "../ports/index.ts";
import { FRAME_BYTES_MAX } from "../wire/limits.ts";
import type { TestApi } from "./suite-api.ts";

/** Two transports of one kind that can reach each other. */
export interface TransportPair {
  readonly a: Transport;
  readonly b: Transport;
  /** Where `a` reaches `b`. */
  readonly endpointOfB: Endpoint;
  /** Lets some time pass, so that what is under way can arrive. */
  settle(): Promise<void>;
  dispose(): Promise<void>;
}

/** How often `settle` is tried before something counts as never happening. */
const SETTLE_ATTEMPTS_MAX = 2_000;

class Ear implements TransportEvents {
  readonly frames: { readonly endpoint: Endpoint; readonly frame: Uint8Array }[] = [];
  readonly opened: Endpoint[] = [];
  readonly closed: Endpoint[] = [];
  readonly unreachable: Endpoint[] = [];

  onFrame(endpoint: Endpoint, frame: Uint8Array): void {
    // A Buffer's slice() would share the lent memory: only plain arrays may be handed out.
    this.frames.push({ endpoint, frame: frame.slice() });
  }
  onOpened(endpoint: Endpoint): void {
    this.opened.push(endpoint);
  }
  onClosed(endpoint: Endpoint): void {
    this.closed.push(endpoint);
  }
  onUnreachable(endpoint: Endpoint): void {
    this.unreachable.push(endpoint);
  }
}

/** A pair with what each side has heard. */
class Bench {
  readonly pair: TransportPair;
  readonly a: Ear;
  readonly b: Ear;

  constructor(pair: TransportPair, a: Ear, b: Ear) {
    this.pair = pair;
    this.a = a;
    this.b = b;
  }

  async until(condition: () => boolean): Promise<boolean> {
    for (let i = 0; i < SETTLE_ATTEMPTS_MAX && !condition(); i++) await this.pair.settle();
    return condition();
  }

  async opened(): Promise<boolean> {
    this.pair.a.open(this.pair.endpointOfB);
    return await this.until(() => this.a.opened.includes(this.pair.endpointOfB));
  }
}

function numbered(i: number, length: number): Uint8Array {
  const frame = new Uint8Array(length).fill(i % 256);
  frame[0] = i >> 8;
  return frame;
}

function frameTests(
  check: (what: string, body: (bench: Bench) => Promise<void>) => void,
  expect: TestApi["expect"],
): void {
  check("carries frames to the other side, whose answer finds its way back", async (bench) => {
    const { a, b, endpointOfB } = bench.pair;
    expect(await bench.opened()).toBe(true);
    expect(a.send(endpointOfB, numbered(300, 50))).toBe(true);
    expect(await bench.until(() => bench.b.frames.length === 1)).toBe(true);
    const heard = bench.b.frames[0];
    expect(heard?.frame).toEqual(numbered(300, 50));
    const back = heard?.endpoint ?? "";
    expect(back.startsWith(`${b.scheme}://`)).toBe(true);
    expect(b.send(back, numbered(301, 9))).toBe(true);
    expect(await bench.until(() => bench.a.frames.length === 1)).toBe(true);
    expect(bench.a.frames[0]).toEqual({ endpoint: endpointOfB, frame: numbered(301, 9) });
  });

  check("knows what it can dial by its form, and what it never could", async ({ pair }) => {
    expect(pair.a.canDial(pair.endpointOfB)).toBe(true);
    expect(pair.a.canDial(`${pair.a.scheme}://`)).toBe(false);
  });

  check("copies a frame before send returns", async (bench) => {
    expect(await bench.opened()).toBe(true);
    const frame = numbered(7, 20);
    bench.pair.a.send(bench.pair.endpointOfB, frame);
    frame.fill(0xee);
    expect(await bench.until(() => bench.b.frames.length === 1)).toBe(true);
    expect(bench.b.frames[0]?.frame).toEqual(numbered(7, 20));
  });

  check("takes the largest frame and refuses one byte more", async (bench) => {
    const { a, endpointOfB } = bench.pair;
    expect(await bench.opened()).toBe(true);
    // Where a way may carry more than all do, it is the way that says no.
    const tooLarge = a.pathFrameBytes === undefined ? a.frameBytesMax : FRAME_BYTES_MAX;
    expect(a.send(endpointOfB, new Uint8Array(tooLarge + 1))).toBe(false);
    expect(a.send(endpointOfB, numbered(5, a.frameBytesMax))).toBe(true);
    expect(await bench.until(() => bench.b.frames.length === 1)).toBe(true);
    expect(bench.b.frames[0]?.frame).toEqual(numbered(5, a.frameBytesMax));
  });

  check("keeps order and loses nothing, where it says so", async (bench) => {
    const { a, endpointOfB } = bench.pair;
    if (!a.reliable) return;
    expect(await bench.opened()).toBe(true);
    const lengths = Array.from({ length: 300 }, (_, i) => 1 + ((i * 37) % 900));
    lengths.forEach((length, i) => {
      expect(a.send(endpointOfB, numbered(i, length))).toBe(true);
    });
    expect(await bench.until(() => bench.b.frames.length === lengths.length)).toBe(true);
    expect(bench.b.frames.map(({ frame }) => frame)).toEqual(
      lengths.map((length, i) => numbered(i, length)),
    );
  });
}

/**
 * What every `Transport` must do.
 * @param make a new pair for each test, telling these events of `a` and of `b`
 */
export function transportSuite(
  { describe, test, expect }: TestApi,
  name: string,
  make: (eventsOfA: TransportEvents, eventsOfB: TransportEvents) => Promise<TransportPair>,
): void {
  const check = (what: string, body: (bench: Bench) => Promise<void>): void => {
    test(what, async () => {
      const [a, b] = [new Ear(), new Ear()];
      const pair = await make(a, b);
      try {
        await body(new Bench(pair, a, b));
      } finally {
        await pair.dispose();
      }
    });
  };

  describe(`transport: ${name}`, () => {
    check("answers an open later, never from within the call", async (bench) => {
      bench.pair.a.open(bench.pair.endpointOfB);
      expect(bench.a.opened).toEqual([]);
      expect(await bench.until(() => bench.a.opened.length === 1)).toBe(true);
      bench.pair.a.open(bench.pair.endpointOfB);
      expect(bench.a.opened.length).toBe(1);
      expect(await bench.until(() => bench.a.opened.length === 2)).toBe(true);
      if (bench.pair.a.reliable) expect(bench.b.opened.length).toBe(1);
    });

    frameTests(check, expect);

    check("says no to nonsense and never throws", async (bench) => {
      const { a } = bench.pair;
      const nonsense = ["", "nowhere", `${a.scheme}://`, "zzz://1.2.3.4:5"];
      for (const endpoint of nonsense) {
        expect(a.send(endpoint, Uint8Array.of(1))).toBe(false);
        a.close(endpoint);
        a.open(endpoint);
      }
      expect(bench.a.closed).toEqual([]);
      expect(await bench.until(() => bench.a.closed.length === nonsense.length)).toBe(true);
      expect(bench.a.closed).toEqual(nonsense);
      a.broadcast(Uint8Array.of(1));
    });

    check("closing is silent here and told there, where there is a connection", async (bench) => {
      const { a, endpointOfB } = bench.pair;
      expect(await bench.opened()).toBe(true);
      a.close(endpointOfB);
      if (!a.reliable) return;
      expect(a.send(endpointOfB, Uint8Array.of(1))).toBe(false);
      expect(await bench.until(() => bench.b.closed.length === 1)).toBe(true);
      expect(bench.a.closed).toEqual([]);
    });

    check("names itself in every endpoint", async ({ pair }) => {
      for (const endpoint of [...pair.a.reachableAt(), ...pair.b.reachableAt()]) {
        expect(endpoint.startsWith(`${pair.a.scheme}://`)).toBe(true);
      }
    });
  });
}
