import { defineConfig } from "vitest/config";

/** The built command as people use it, in real processes: needs a built dist/. */
export default defineConfig({
  test: {
    include: ["test/cli/**/*.test.ts"],
    pool: "forks",
    // Homes and ports are their own, and nobody looks around: files do not meet.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
