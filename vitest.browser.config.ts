import { defineConfig } from "vitest/config";

/** Tests in a real browser: need Chromium (CHROMIUM names another one) and a built console. */
export default defineConfig({
  test: {
    include: ["test/browser/**/*.test.ts"],
    pool: "forks",
    // Homes and ports are their own, and nobody looks around: files do not meet.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A busy machine takes its time to show what a test waits for.
    expect: { poll: { timeout: 15_000 } },
  },
});
