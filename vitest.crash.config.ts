import { defineConfig } from "vitest/config";

/** Real processes that are killed while they write: need a built dist/. */
export default defineConfig({
  test: {
    include: ["test/crash/**/*.test.ts"],
    pool: "forks",
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 60_000,
  },
});
