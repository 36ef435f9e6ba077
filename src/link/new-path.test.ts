import { expect, test } from "vitest";
import { testRandom } from "../testing/fixtures.ts";
import { PATH_AMPLIFICATION, PATH_CHALLENGE_GAP_MS, PATH_LIFE_MS } from "./limits.ts";
import { NewPath } from "./new-path.ts";

test("an address nobody has proven gets three times what came from it, for a while", () => {
  const path = new NewPath("udp://[::1]:1", testRandom(1));
  expect(path.takes(1, 0)).toBe(false);
  path.heard(100, 1_000);
  expect(path.takes(PATH_AMPLIFICATION * 100 + 1, 1_000)).toBe(false);
  expect(path.takes(PATH_AMPLIFICATION * 100 - 1, 1_000)).toBe(true);
  expect([path.takes(2, 1_000), path.takes(1, 1_000), path.takes(1, 1_000)]).toEqual([
    ...[false, true, false],
  ]);
  path.heard(100, 2_000);
  expect(path.takes(1, 2_000 + PATH_LIFE_MS)).toBe(false);
  expect(path.takes(1, 2_000 + PATH_LIFE_MS - 1)).toBe(true);
});

test("is challenged at a pace, and proven by the number from there alone", () => {
  const path = new NewPath("udp://[::1]:1", testRandom(1));
  const number = path.heard(100, 1_000);
  if (number === undefined) throw new Error("was not challenged");
  expect(path.heard(100, 1_000 + PATH_CHALLENGE_GAP_MS - 1)).toBeUndefined();
  expect(path.heard(100, 1_000 + PATH_CHALLENGE_GAP_MS)).toBe(number);
  expect(path.proves(number, path.endpoint)).toBe(true);
  expect(path.proves(number + 1, path.endpoint)).toBe(false);
  expect(path.proves(number, "udp://[::1]:2")).toBe(false);
});
