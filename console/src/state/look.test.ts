import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ClientError } from "../../../src/api/client/index.ts";
import { LOOK_LAYERS_MAX, SLIDER_REST_MS } from "../limits.ts";
import { ConsoleError } from "./errors.ts";
import { Look, type LookWish, type Sight } from "./look.ts";

const N = 40;

/** One question to the peer, answered when the test says so. */
interface Question {
  readonly wish: LookWish;
  readonly signal: AbortSignal;
  answer(shown: number, total: number, print?: string): Sight;
  refuse(error: unknown): void;
}

/** A peer that is asked, and everything it was asked. */
function peer(): { look: Look<Sight>; asked: Question[]; alive: Set<Sight> } {
  const asked: Question[] = [];
  const alive = new Set<Sight>();
  const look = new Look<Sight>(
    (wish, signal) =>
      new Promise((resolve, reject) => {
        asked.push({
          wish,
          signal,
          answer: (shown, total, print) => {
            const sight: Sight = {
              ...{ kind: "picture", shown, total, print: print ?? `${shown}` },
              release: () => {
                if (!alive.delete(sight)) throw new ConsoleError("not-shown", "released twice");
              },
            };
            alive.add(sight);
            resolve(sight);
            return sight;
          },
          refuse: reject,
        });
      }),
    N,
  );
  return { look, asked, alive };
}

const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);
const unreadable = (): ClientError => new ClientError("unavailable", "Not readable now.");

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe("sharpening", () => {
  test("asks for layer after layer, keeps what is shown until the next is there", async () => {
    const { look, asked, alive } = peer();
    void look.start();
    expect(look.state.value.phase).toBe("loading");
    const first = asked[0]?.answer(1, 3);
    await settle();
    expect(look.state.value).toMatchObject({
      phase: "sharpening",
      sight: first,
      words: "Layer 1 of 3: all of it, soft",
    });
    expect(asked[1]?.wish).toEqual({ layers: 2 });
    asked[1]?.answer(2, 3);
    await settle();
    expect(look.state.value.words).toBe("Layer 2 of 3: all of it, sharper");
    expect(alive.size).toBe(1);
    const last = asked[2]?.answer(3, 3);
    await settle();
    expect(look.state.value).toMatchObject({
      phase: "still",
      sight: last,
      words: "Layer 3 of 3: bit-exact",
    });
    expect(asked).toHaveLength(3);
    look.close();
    expect(alive.size).toBe(0);
  });

  test("a layer that adds nothing for the eye is passed over, a jump is not asked for again", async () => {
    const { look, asked, alive } = peer();
    void look.start();
    const first = asked[0]?.answer(1, 4);
    await settle();
    asked[1]?.answer(1, 4);
    await settle();
    expect(look.state.value.sight).toBe(first);
    expect(alive.size).toBe(1);
    expect(asked[2]?.wish).toEqual({ layers: 3 });
    asked[2]?.answer(4, 4);
    await settle();
    expect(look.state.value.phase).toBe("still");
    expect(asked).toHaveLength(3);
  });

  test("what cannot be had leaves what there is, and says so", async () => {
    const { look, asked } = peer();
    void look.start();
    asked[0]?.answer(1, 2);
    await settle();
    asked[1]?.refuse(unreadable());
    await settle();
    expect(look.state.value).toMatchObject({
      phase: "still",
      words: "Layer 1 of 2: all of it, soft. No more can be shown now.",
    });
  });

  test("what a page cannot show in full is said to be for downloading", async () => {
    const { look, asked } = peer();
    void look.start();
    asked[0]?.answer(1, 2);
    await settle();
    asked[1]?.refuse(new ConsoleError("not-shown", "Download it."));
    await settle();
    expect(look.state.value.words).toBe("Layer 1 of 2: all of it, soft. Download it.");
  });

  test("a layer that looks the same is not called sharper, the whole is", async () => {
    const { look, asked } = peer();
    void look.start();
    asked[0]?.answer(1, 3, "soft");
    await settle();
    asked[1]?.answer(2, 3, "soft");
    await settle();
    expect(look.state.value.words).toBe("Layer 1 of 3: all of it, soft");
    asked[2]?.answer(3, 3, "soft");
    await settle();
    expect(look.state.value.words).toBe("Layer 3 of 3: bit-exact");
    look.survive(12);
    await vi.advanceTimersByTimeAsync(SLIDER_REST_MS);
    asked[3]?.answer(2, 3, "soft");
    await settle();
    expect(look.state.value.words).toContain("survived: layer 1 of 3, all of it, soft");
  });

  test("where the first layer shows nothing by itself, all of them are asked for", async () => {
    const { look, asked } = peer();
    void look.start();
    asked[0]?.refuse(new ClientError("bad-request", "Nothing shows this object."));
    await settle();
    expect(asked[1]?.wish).toEqual({});
    asked[1]?.answer(2, 2);
    await settle();
    expect(look.state.value.words).toBe("Layer 2 of 2: bit-exact");
    const mute = peer();
    void mute.look.start();
    for (const index of [0, 1]) {
      mute.asked[index]?.refuse(new ClientError("bad-request", "Nothing shows this object."));
      await settle();
    }
    expect(mute.asked).toHaveLength(2);
    expect(mute.look.state.value).toMatchObject({
      phase: "bare",
      words: "Nothing shows this object.",
    });
  });

  test("where nothing can be shown the peer's words say why; another try begins anew", async () => {
    const { look, asked } = peer();
    void look.start();
    asked[0]?.refuse(unreadable());
    await settle();
    expect(look.state.value).toMatchObject({ phase: "bare", words: "Not readable now." });
    void look.start();
    expect(look.state.value.phase).toBe("loading");
    asked[1]?.answer(1, 1);
    await settle();
    expect(look.state.value.words).toBe("Layer 1 of 1: bit-exact");
  });

  test("asks LOOK_LAYERS_MAX times at most, whatever the peer says", async () => {
    const { look, asked } = peer();
    void look.start();
    for (let index = 0; index < LOOK_LAYERS_MAX + 3; index += 1) {
      asked[index]?.answer(1, 1_000);
      await settle();
    }
    expect(asked).toHaveLength(LOOK_LAYERS_MAX);
    expect(look.state.value.phase).toBe("still");
  });
});

describe("the slider", () => {
  async function sharp(): Promise<ReturnType<typeof peer>> {
    const made = peer();
    void made.look.start();
    made.asked[0]?.answer(2, 2);
    await settle();
    made.asked.length = 0;
    return made;
  }

  test("asks once it rests, and gives up what it asked before", async () => {
    const { look, asked } = await sharp();
    for (const survivors of [30, 20, 5]) look.survive(survivors);
    expect(look.state.value).toMatchObject({ phase: "asking", survivors: 5 });
    await vi.advanceTimersByTimeAsync(SLIDER_REST_MS - 1);
    expect(asked).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(asked.map(({ wish }) => wish)).toEqual([{ survivors: 5 }]);
    expect(look.state.value.words).toBe("If only 5 of 40 fragments survived …");
    look.survive(4);
    expect(asked[0]?.signal.aborted).toBe(true);
  });

  test("says what is left, and nothing where nothing is", async () => {
    const { look, asked, alive } = await sharp();
    look.survive(5);
    await vi.advanceTimersByTimeAsync(SLIDER_REST_MS);
    const left = asked[0]?.answer(1, 2);
    await settle();
    expect(look.state.value).toMatchObject({
      phase: "still",
      sight: left,
      words: "If only 5 of 40 fragments survived: layer 1 of 2, all of it, soft",
    });
    look.survive(1);
    await vi.advanceTimersByTimeAsync(SLIDER_REST_MS);
    asked[1]?.refuse(unreadable());
    await settle();
    expect(look.state.value).toMatchObject({
      phase: "bare",
      words: "If only 1 of 40 fragments survived: nothing could be read",
    });
    expect(alive.size).toBe(1);
  });

  test("a peer that does not answer is not taken for a loss", async () => {
    const { look, asked } = await sharp();
    look.survive(5);
    await vi.advanceTimersByTimeAsync(SLIDER_REST_MS);
    const cause = new TypeError("failed to fetch");
    asked[0]?.refuse(new ClientError("unavailable", "No peer answers.", { cause }));
    await settle();
    expect(look.state.value.words).toBe("No peer answers.");
  });

  test("an answer that nobody waits for any more is released, not shown", async () => {
    const { look, asked, alive } = await sharp();
    const whole = look.state.value.sight;
    look.survive(5);
    await vi.advanceTimersByTimeAsync(SLIDER_REST_MS);
    look.survive(N);
    asked[0]?.answer(1, 2);
    await settle();
    expect(look.state.value).toMatchObject({ phase: "still", sight: whole, survivors: N });
    expect(alive.size).toBe(1);
  });

  test("back at the right end the sharpest is shown again without a question", async () => {
    const { look, asked } = await sharp();
    look.survive(5);
    await vi.advanceTimersByTimeAsync(SLIDER_REST_MS);
    asked[0]?.answer(1, 2);
    await settle();
    look.survive(N);
    await settle();
    expect(asked).toHaveLength(1);
    expect(look.state.value).toMatchObject({ phase: "still", words: "Layer 2 of 2: bit-exact" });
  });

  test("before the last layer came, the right end goes on sharpening", async () => {
    const { look, asked } = peer();
    void look.start();
    asked[0]?.answer(1, 2);
    await settle();
    look.survive(5);
    expect(asked[1]?.signal.aborted).toBe(true);
    look.survive(N);
    expect(asked[2]?.wish).toEqual({ layers: 2 });
    asked[2]?.answer(2, 2);
    await settle();
    expect(look.state.value.words).toBe("Layer 2 of 2: bit-exact");
  });
});
