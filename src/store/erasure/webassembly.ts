import { KERNEL_WASM, RELAXED_KERNEL_WASM } from "./kernel.generated.ts";

/** The little of the WebAssembly interface that the codec uses, the same in Node and browsers. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: Readonly<Record<string, Readonly<Record<string, object>>>>,
  ) => { readonly exports: { readonly run: RunSteps } };
  readonly Memory: new (size: {
    readonly initial: number;
    readonly maximum: number;
  }) => { readonly buffer: ArrayBuffer };
}
declare const WebAssembly: WebAssemblyApi | undefined;

/** Bytes of a page of WebAssembly memory. */
const PAGE_BYTES = 65_536;

/** Runs the steps from address `first` up to `end` over `bytes` columns, `block` at a time. */
export type RunSteps = (first: number, end: number, bytes: number, block: number) => void;

/** An instance of the kernel with memory of its own, of a fixed size. */
export interface KernelInstance {
  readonly memory: ArrayBuffer;
  readonly run: RunSteps;
}

/** Which SIMD the kernel's instructions are of: relaxed is a little more, and faster. */
export type WasmKernelName = "relaxed" | "wasm";

const BINARIES = { relaxed: RELAXED_KERNEL_WASM, wasm: KERNEL_WASM } as const;
const compiled = new Map<WasmKernelName, object>();

/**
 * The compiled module, or null where the engine has no WebAssembly with such SIMD. That is asked
 * anew each time: an engine that has it switched off may be told to switch it on later.
 */
function kernelModule(name: WasmKernelName): object | null {
  const known = compiled.get(name);
  if (known !== undefined) return known;
  const module = compile(BINARIES[name]);
  if (module !== null) compiled.set(name, module);
  return module;
}

function compile(binary: Uint8Array): object | null {
  try {
    return typeof WebAssembly === "undefined" ? null : new WebAssembly.Module(binary);
  } catch {
    return null;
  }
}

/** Whether this engine runs the kernel. */
export function hasWasmKernel(name: WasmKernelName): boolean {
  return kernelModule(name) !== null;
}

/**
 * A fresh instance, or null where the engine cannot run it or has no memory left.
 * @param memoryBytes all memory it will ever have
 */
export function startKernel(name: WasmKernelName, memoryBytes: number): KernelInstance | null {
  const module = kernelModule(name);
  if (module === null || typeof WebAssembly === "undefined") return null;
  const pages = Math.ceil(memoryBytes / PAGE_BYTES);
  try {
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    const instance = new WebAssembly.Instance(module, { host: { memory } });
    return { memory: memory.buffer, run: instance.exports.run };
  } catch {
    return null;
  }
}
