import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MOUNTED, type Mounted, openMounted } from "./mounted.ts";
import { hasProgram, LITMUS_SUITES, runLitmus } from "./programs.ts";

describe.each(MOUNTED)("%s", (on) => {
  let mounted: Mounted;
  beforeAll(async () => {
    mounted = await openMounted(on);
  });
  afterAll(() => mounted.close());

  test.skipIf(!hasProgram("litmus")).each(LITMUS_SUITES)("litmus: %s", async (suite) => {
    const { code, text, run, passed } = await runLitmus(mounted.url, suite);
    expect(text).not.toMatch(/FAIL|WARNING/);
    expect([code, passed]).toEqual([0, run]);
    expect(run).toBeGreaterThan(3);
  });
});
