import { defineConfig } from "vitest/config";

/** Programs and suites that nobody here wrote, from Debian: litmus, rclone, restic. */
export default defineConfig({
  test: {
    include: ["test/outside/**/*.test.ts"],
    pool: "forks",
    fileParallelism: false,
    testTimeout: 240_000,
    hookTimeout: 60_000,
  },
});
