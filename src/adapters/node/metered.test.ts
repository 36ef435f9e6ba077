import { describe, expect, test } from "vitest";
import { type SystemQuestions, systemSaysMetered, watchMetered } from "./metered.ts";

const ROUTES = "Iface\tDestination\tGateway\nwlan0\t0001A8C0\t0\nwlan0\t00000000\t0101A8C0\n";

function systemOf(answer: string | undefined, routes = ROUTES): SystemQuestions {
  return {
    read: async () => routes,
    run: async (name, words) => {
      if (answer === undefined) throw new Error("no such program");
      expect([name, words.at(-1)]).toEqual(["nmcli", "wlan0"]);
      return answer;
    },
  };
}

describe("whether the line costs by the byte", () => {
  test.each([
    ["GENERAL.METERED:yes\n", true],
    ["GENERAL.METERED:yes (guessed)\n", true],
    ["GENERAL.METERED:no\n", false],
    ["GENERAL.METERED:no (guessed)\n", false],
    ["GENERAL.METERED:unknown\n", undefined],
    ["", undefined],
    [undefined, undefined],
  ])("%j", async (answer, expected) => {
    expect(await systemSaysMetered(systemOf(answer))).toBe(expected);
  });

  test("without a default route nobody knows", async () => {
    expect(await systemSaysMetered(systemOf("GENERAL.METERED:yes\n", "Iface\n"))).toBeUndefined();
  });

  test("what the owner wrote down goes before what the system says", () => {
    const told: boolean[] = [];
    watchMetered(true, (is) => told.push(is), systemOf("GENERAL.METERED:no\n"))();
    expect(told).toEqual([true]);
  });

  test.skipIf(process.platform !== "linux")("is told at the start where it is so", async () => {
    const told = await new Promise<boolean>((done) => {
      const stop = watchMetered(
        undefined,
        (isMetered) => {
          stop();
          done(isMetered);
        },
        systemOf("GENERAL.METERED:yes\n"),
      );
    });
    expect(told).toBe(true);
  });
});
