import { defineConfig } from "vitest/config";

/** Tests with real processes in network namespaces: need root and a built dist/. */
export default defineConfig({
  test: {
    include: ["test/netns/**/*.test.ts"],
    pool: "forks",
    // Namespaces, homes and ports are their own, and files mostly wait: two do not meet.
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
