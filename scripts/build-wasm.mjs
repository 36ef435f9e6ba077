// Assembles the WebAssembly kernels from their generators into git-ignored TypeScript files.
// Does nothing where the generated file already carries the fingerprint of its sources.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { emitErasureKernel } from "./wasm/erasure-kernel.mjs";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

const kernels = [
  {
    sources: ["./wasm/erasure-kernel.mjs", "./build-wasm.mjs"],
    output: "../src/store/erasure/kernel.generated.ts",
    modules: [
      {
        name: "KERNEL_WASM",
        emit: () => emitErasureKernel(false),
        summary: "The erasure codec's inner loops, assembled from scripts/wasm/erasure-kernel.mjs.",
      },
      {
        name: "RELAXED_KERNEL_WASM",
        emit: () => emitErasureKernel(true),
        summary: "The same with relaxed SIMD's shuffle.",
      },
    ],
  },
];

/** The marker in the first line of an up-to-date file. */
function fingerprintOf(sources) {
  const hash = createHash("sha256");
  for (const source of sources) hash.update(readFileSync(path(source))).update("\0");
  hash.update(createRequire(import.meta.url)("wabt/package.json").version);
  return `// sources ${hash.digest("hex")}`;
}

async function assemble(name, text) {
  const { default: startWabt } = await import("wabt");
  const wabt = await startWabt();
  const module = wabt.parseWat(name, text, { simd: true, relaxed_simd: true });
  try {
    module.validate();
    return module.toBinary({ log: false, write_debug_names: false }).buffer;
  } finally {
    module.destroy();
  }
}

for (const { sources, output, modules } of kernels) {
  const fingerprint = fingerprintOf(sources);
  const file = path(output);
  if (existsSync(file) && readFileSync(file, "utf8").startsWith(`${fingerprint}\n`)) continue;
  const parts = [fingerprint];
  for (const { name, emit, summary } of modules) {
    const binary = await assemble(output, emit());
    parts.push(
      `/** ${summary} ${binary.length} bytes. */`,
      "// biome-ignore format: generated",
      `export const ${name}: Uint8Array<ArrayBuffer> = Uint8Array.of(${binary.join(",")});`,
    );
  }
  const text = `${parts.join("\n")}\n`;
  // Written beside and renamed, so that two builds at once never leave half a file.
  const draft = `${file}.${process.pid}.tmp`;
  writeFileSync(draft, text);
  renameSync(draft, file);
}
