import { defineConfig } from "vitest/config";

/**
 * Rooms that keep nothing outside of what a test makes: no timers, files or processes, which a rule
 * holds them to. Their test files share a module graph, which saves half of the time.
 */
const ROOMS = [
  ...["base", "wire", "crypto", "identity", "link", "routing", "session", "feed", "contacts"],
  ...["devices", "folders", "gateway", "groups", "media", "messages", "money", "store"],
  ...["simulation", "ports", "testing", "peer"],
];
const ofRooms = ROOMS.map((room) => `src/${room}/**/*.test.ts`);
/** One looks at what the machine can do, once for all, one replaces a module: others in the same process would get their answer. */
const ALONE = ["src/store/erasure/codec.test.ts", "src/simulation/due-rooms.test.ts"];

/** Unit, property, simulation and conformance tests that need neither root nor a browser. */
export default defineConfig({
  test: {
    pool: "forks",
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: "rooms",
          include: ofRooms,
          exclude: ["**/node_modules/**", ...ALONE],
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: "machine",
          include: [
            `src/!(${ROOMS.join("|")})/**/*.test.ts`,
            ...ALONE,
            "test/tidy/**/*.test.ts",
            "bench/**/*.test.ts",
            "test/conformance/**/*.test.ts",
            "console/src/**/*.test.ts",
          ],
        },
      },
    ],
  },
});
