import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { vi } from "vitest";
import { createNodeSuite } from "../../src/adapters/node/crypto.ts";
import { fromHex } from "../../src/base/bytes.ts";
import { must } from "../../src/base/errors.ts";
import type { CryptoSuite } from "../../src/crypto/index.ts";
import { createReferenceSuite } from "../../src/testing/reference-suite.ts";

function withoutFfi(): CryptoSuite {
  vi.stubEnv("PEERNET_FFI", "off");
  const suite = createNodeSuite();
  vi.unstubAllEnvs();
  return suite;
}

/** All back ends: what one passes, the others must pass too. */
export const SUITES: readonly (readonly [string, CryptoSuite])[] = [
  ["native", createNodeSuite()],
  ["native without FFI", withoutFfi()],
  ["reference", createReferenceSuite()],
];

/**
 * A file of published test vectors, which live beside the repository and are not part of it.
 * Undefined, with a line of explanation, where it is missing.
 */
export function loadVectors(path: string): unknown {
  const file = fileURLToPath(new URL(`../../../shared/vectors/${path}`, import.meta.url));
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8"));
  console.log(`Skipped: the published vectors are not at ../shared/vectors/${path}.`);
  return undefined;
}

/** Bytes of a hexadecimal member of a vector. */
export function hex(text: string): Uint8Array {
  return must(fromHex(text), `"${text.slice(0, 20)}" is no hexadecimal text`);
}
