// Writes biome.json: the floors of the house as import rules. Run it after opening a new room.
import { writeFileSync } from "node:fs";

const floor0 = ["base", "ports", "wire", "crypto", "identity"];
const floor1 = ["link", "routing", "session"];
const floor2 = ["feed", "media", "store", "naming"];
const floor3 = [
  "contacts",
  "devices",
  "folders",
  "messages",
  "groups",
  "money",
  "archive",
  "apps",
  "gateway",
];
const roof = ["peer", "api", "cli"];
const beside = ["adapters", "simulation", "testing"];
const rooms = [...floor0, ...floor1, ...floor2, ...floor3, ...roof, ...beside];

/** What each room may import besides itself. */
const allowed = {
  base: [],
  ports: ["base"],
  wire: ["base"],
  crypto: ["base", "ports"],
  identity: ["base", "ports", "wire", "crypto"],
  link: floor0,
  routing: [...floor0, "link"],
  session: [...floor0, "routing"],
  feed: [...floor0, ...floor1],
  media: ["base", "wire"],
  store: [...floor0, ...floor1, "feed", "media"],
  naming: [...floor0, ...floor1, "feed"],
  ...Object.fromEntries(floor3.map((room) => [room, [...floor0, ...floor1, ...floor2]])),
  peer: [...floor0, ...floor1, ...floor2, ...floor3],
  api: [...floor0, ...floor1, ...floor2, ...floor3, "peer"],
  cli: [...floor0, "gateway", "api", "peer", "adapters"],
  adapters: [...floor0, ...floor1, ...floor2, ...floor3, "peer"],
  simulation: [...floor0, ...floor1, ...floor2, ...floor3, "peer", "adapters", "testing"],
  testing: [...floor0, ...floor1, ...floor2, ...floor3, "peer"],
};

const pure = [...floor0, ...floor1, ...floor2, ...floor3, "peer"];
const ambient = {
  Date: "Use the injected Clock.",
  performance: "Use the injected Clock.",
  setTimeout: "State machines have nextDeadlineMs() and tick().",
  setInterval: "State machines have nextDeadlineMs() and tick().",
  setImmediate: "State machines have nextDeadlineMs() and tick().",
  queueMicrotask: "Protocol rooms are synchronous.",
  process: "Only adapters, api and cli touch the process.",
  Buffer: "Use Uint8Array: this code also runs in browsers.",
  fetch: "Use an injected transport.",
  crypto: "Use the injected CryptoSuite and Random.",
  Promise: "Protocol rooms are synchronous.",
};

const overrides = rooms.map((room) => ({
  includes: [`src/${room}/**`, "!**/*.test.ts"],
  linter: {
    rules: {
      style: {
        noRestrictedImports: {
          level: "error",
          options: {
            patterns: [
              {
                group: rooms
                  .filter((other) => other !== room && !allowed[room].includes(other))
                  .flatMap((other) => [
                    `../${other}/**`,
                    `../../${other}/**`,
                    `../../../${other}/**`,
                  ]),
                message: `src/${room} may not import from there: imports run downwards only (docs/ARCHITECTURE.md).`,
              },
              ...(pure.includes(room)
                ? [
                    {
                      group: ["node:*"],
                      message: "Only adapters, api, cli and simulation may touch Node.",
                    },
                  ]
                : []),
            ],
          },
        },
        ...(pure.includes(room)
          ? { noRestrictedGlobals: { level: "error", options: { deniedGlobals: ambient } } }
          : {}),
      },
    },
  },
}));

const config = {
  $schema: "./node_modules/@biomejs/biome/configuration_schema.json",
  files: {
    includes: [
      "**",
      "!dist",
      "!coverage",
      "!.cache",
      "!**/*.generated.ts",
      "!test/homes",
      "!package-lock.json",
      "!docs/*.svg",
    ],
  },
  formatter: { indentStyle: "space", indentWidth: 2, lineWidth: 100 },
  linter: {
    rules: {
      preset: "recommended",
      suspicious: { noExplicitAny: "error", noConsole: "off" },
      style: {
        noNonNullAssertion: "error",
        noDefaultExport: "error",
        useImportType: "error",
        useNodejsImportProtocol: "error",
        noEnum: "error",
      },
      complexity: {
        useLiteralKeys: "off",
        noExcessiveLinesPerFunction: {
          level: "error",
          options: { maxLines: 70, skipBlankLines: true },
        },
        noExcessiveCognitiveComplexity: { level: "error", options: { maxAllowedComplexity: 18 } },
      },
      correctness: { noUnusedImports: "error", noUnusedVariables: "error" },
    },
  },
  overrides: [
    ...overrides,
    {
      includes: [
        "**/*.test.ts",
        "**/*.config.ts",
        "scripts/**",
        "test/**",
        "bench/**",
        "console/**",
      ],
      linter: {
        rules: {
          style: { noDefaultExport: "off" },
          complexity: {
            useLiteralKeys: "off",
            noExcessiveLinesPerFunction: "off",
          },
        },
      },
    },
  ],
};
writeFileSync(new URL("../biome.json", import.meta.url), `${JSON.stringify(config, null, 2)}\n`);
