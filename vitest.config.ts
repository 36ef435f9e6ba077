import { defineConfig } from "vitest/config";

/** Unit, property, simulation and conformance tests that need neither root nor a browser. */
export default defineConfig({
  test: {
    include: [
      "src/**/*.test.ts",
      "test/tidy/**/*.test.ts",
      "bench/**/*.test.ts",
      "test/conformance/**/*.test.ts",
      "console/src/**/*.test.ts",
    ],
    pool: "forks",
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
