import { fstatSync } from "node:fs";
import { AdapterError } from "../errors.ts";
import { FILE_OPEN_NEAR_MS, FILE_OPEN_SLOW_TIMES, FILE_RING_FILES } from "../limits.ts";
import { type Ffi, loadFfi, type NativeFunction } from "./ffi.ts";
import { type FileLook, FileLooks } from "./file-looks.ts";
import { Pinned } from "./pinned.ts";

/** Numbers of system calls, the same on all CPUs. */
const CALL = { setup: 425, enter: 426 } as const;
/** IORING_SETUP_COOP_TASKRUN, SINGLE_ISSUER and DEFER_TASKRUN (Linux 6.1): nobody interrupts us. */
const SETUP_FLAGS = (1 << 8) | (1 << 12) | (1 << 13);
/** IORING_ENTER_GETEVENTS. */
const GET_EVENTS = 1;
/** `struct io_uring_params`: its members that are used here, as words. */
const PARAMS = {
  ...{ bytes: 120, entries: 0, flags: 2 },
  ...{ tail: 11, mask: 12, array: 16, doneHead: 20, doneTail: 21, doneMask: 22, done: 25 },
} as const;
/** Where the system shows its memory (IORING_OFF_SQ_RING, IORING_OFF_SQES). */
const SHOWN_AT = { rings: 0, orders: 0x1000_0000 } as const;
/** PROT_READ | PROT_WRITE. */
const READ_WRITE = 3;
/** MAP_SHARED | MAP_POPULATE. */
const SHARED = 0x8001;
/** `struct io_uring_sqe` and `struct io_uring_cqe` in words. */
const [ORDER_WORDS, DONE_WORDS] = [16, 4];
/** IORING_OP_OPENAT, CLOSE and READ. */
const ORDER = { open: 18, close: 19, read: 22 } as const;
/** What openat(2) takes for the working directory. */
const AT_FDCWD = -100;
/** O_RDONLY | O_CLOEXEC. */
const OPEN_FLAGS = 0o2000000;
/** EINTR, EAGAIN and EBUSY: ask again. */
const AGAIN: ReadonlySet<number> = new Set([4, 11, 16]);
/** With its zero byte (PATH_MAX). */
const PATH_BYTES_MAX = 4_096;

/** Memory of rings that failed, into which the system may write yet. */
const ABANDONED: unknown[] = [];

/** Bytes to read from the beginning of an open file. */
export interface RingRead {
  readonly descriptor: number;
  /** Where they go in the memory. */
  readonly at: number;
  readonly length: number;
}

interface Shown {
  readonly descriptor: number;
  readonly words: Uint32Array;
  readonly params: Uint32Array;
  readonly orders: Int32Array;
}

/**
 * Reads and closes up to FILE_RING_FILES files with one system call each time (io_uring(7), Linux
 * 6.1). The system looks for all of them at once, and joins what lies side by side on the disk into
 * one request. Files are opened one after another: what the system does not know yet it would hand
 * to a thread for each, which costs more than a disk of this machine makes wait. Only where opening
 * proves to take long, as on a disk behind a network, all are opened at once, too.
 */
export class FileRing {
  readonly #enter: NativeFunction;
  readonly #open: NativeFunction;
  readonly #ffi: Ffi;
  readonly #shown: Shown;
  readonly #paths: Pinned;
  readonly #encoder = new TextEncoder();
  readonly #results = new Int32Array(FILE_RING_FILES);
  readonly #looks: FileLooks | undefined;
  #tail: number;
  #lent: Uint8Array | undefined;
  /** How many reads are on their way, and where the first of their orders stands. */
  #reading = { first: 0, count: 0 };
  /** Milliseconds that opening a file may take before all are opened at once. */
  readonly #nearMs: number;
  /** How often in a row it took longer. */
  #slowTimes = 0;

  private constructor(ffi: Ffi, shown: Shown, nearMs: number) {
    this.#ffi = ffi;
    this.#nearMs = nearMs;
    this.#open = ffi.find("open", ["address", "int", "int"]);
    this.#shown = shown;
    this.#enter = ffi.find("syscall", ["int", "int", "int", "int", "int", "address", "address"]);
    this.#looks = FileLooks.open(ffi);
    this.#paths = new Pinned(ffi, FILE_RING_FILES * PATH_BYTES_MAX);
    this.#tail = shown.words[this.#word("tail")] ?? 0;
    const array = (shown.params[PARAMS.array] ?? 0) / 4;
    for (let i = 0; i < FILE_RING_FILES; i++) shown.words[array + i] = i;
  }

  /**
   * A ring, of which the process keeps its few pages for good; undefined where the system has none
   * or does not allow it, or `ffi` is missing.
   * @param nearMs milliseconds that opening a file may take before all are opened at once
   */
  static open(
    ffi: Ffi | undefined = loadFfi(),
    nearMs: number = FILE_OPEN_NEAR_MS,
  ): FileRing | undefined {
    if (ffi === undefined || process.platform !== "linux") return undefined;
    try {
      const shown = setUp(ffi);
      return shown && new FileRing(ffi, shown, nearMs);
    } catch {
      return undefined;
    }
  }

  /**
   * Opens files to read them: descriptors, or errors below 0.
   * @param files at most FILE_RING_FILES
   * @throws AdapterError("io") where the system refuses the ring; leave it alone then
   */
  openAll(files: readonly string[]): readonly number[] {
    let at = 0;
    const lay = (file: string): number => {
      const address = this.#paths.address + at;
      at += this.#layPath(file, at);
      return address;
    };
    if (this.#slowTimes >= FILE_OPEN_SLOW_TIMES) {
      return this.#perform(files, (file) =>
        this.#order(ORDER.open, AT_FDCWD, lay(file), 0, OPEN_FLAGS),
      );
    }
    if (files.length > FILE_RING_FILES) throw tooMany(files.length);
    const startMs = performance.now();
    const descriptors = files.map((file) => {
      const descriptor = this.#open(lay(file), OPEN_FLAGS, 0);
      return descriptor < 0 ? -this.#ffi.errno() : descriptor;
    });
    const isSlow = performance.now() - startMs > files.length * this.#nearMs;
    this.#slowTimes = isSlow ? this.#slowTimes + 1 : 0;
    return descriptors;
  }

  /** Lays down a path; returns its bytes. */
  #layPath(file: string, at: number): number {
    const { bytes } = this.#paths;
    const room = bytes.subarray(at, at + PATH_BYTES_MAX - 1);
    const { read, written } = this.#encoder.encodeInto(file, room);
    // What no path can be becomes the empty one, which is nowhere.
    const isWhole = read === file.length && !file.includes("\0");
    const length = isWhole ? written : 0;
    bytes[at + length] = 0;
    return length + 1;
  }

  /** Size and time of an open file; undefined where it cannot be looked at. */
  look(descriptor: number): FileLook | undefined {
    if (this.#looks !== undefined) return this.#looks.look(descriptor);
    try {
      return fstatSync(descriptor);
    } catch {
      return undefined;
    }
  }

  /**
   * Begins to read, and does not wait for it; nothing else may be asked for before `finishReads`.
   * @param reads at most FILE_RING_FILES, none of which may go beyond `memory`
   * @throws AdapterError("io") as `openAll`; the memory may be written into later yet
   */
  startReads(memory: Uint8Array, reads: readonly RingRead[]): void {
    const isWithin = ({ at, length }: RingRead): boolean => at >= 0 && at + length <= memory.length;
    if (!reads.every(isWithin)) throw new RangeError("a read beyond its memory");
    this.#reading = { first: this.#tail, count: 0 };
    if (reads.length === 0) return;
    this.#lent = memory;
    const address = this.#ffi.addressOf(memory);
    this.#reading = this.#submit(reads, ({ descriptor, at, length }) =>
      this.#order(ORDER.read, descriptor, address + at, length, 0),
    );
  }

  /**
   * Waits for what `startReads` began: how many bytes of each came, or errors below 0.
   * @throws AdapterError("io") as `startReads`
   */
  finishReads(): readonly number[] {
    return this.#finish(this.#reading);
  }

  /** Closes descriptors, at most FILE_RING_FILES. @throws AdapterError("io") as `openAll` */
  closeAll(descriptors: readonly number[]): void {
    this.#perform(descriptors, (descriptor) => this.#order(ORDER.close, descriptor, 0, 0, 0));
  }

  /** Writes one order; its results are told apart by the place where it stands. */
  #order(what: number, descriptor: number, address: number, length: number, flags: number): void {
    const { orders } = this.#shown;
    const place = this.#tail & (FILE_RING_FILES - 1);
    const at = place * ORDER_WORDS;
    orders.fill(0, at, at + ORDER_WORDS);
    orders[at] = what;
    orders[at + 1] = descriptor;
    orders[at + 4] = address >>> 0;
    orders[at + 5] = Math.floor(address / 0x1_0000_0000);
    orders[at + 6] = length;
    orders[at + 7] = flags;
    orders[at + 8] = place;
    this.#tail = (this.#tail + 1) >>> 0;
  }

  #perform<T>(items: readonly T[], order: (item: T) => void): readonly number[] {
    return this.#finish(this.#submit(items, order));
  }

  /** Hands over the orders; they are done by and by. */
  #submit<T>(
    items: readonly T[],
    order: (item: T) => void,
  ): { readonly first: number; readonly count: number } {
    const count = items.length;
    if (count > FILE_RING_FILES) throw tooMany(count);
    const first = this.#tail;
    for (const item of items) order(item);
    const { words, descriptor } = this.#shown;
    Atomics.store(words, this.#word("tail"), this.#tail);
    for (let submitted = 0; submitted < count; ) {
      const taken = this.#enter(CALL.enter, descriptor, count - submitted, 0, 0, 0, 0);
      if (taken >= 0) submitted += taken;
      else if (!AGAIN.has(this.#ffi.errno())) throw this.#failed(this.#ffi.errno());
    }
    return { first, count };
  }

  /** Waits for orders; their results. */
  #finish({ first, count }: { readonly first: number; readonly count: number }): readonly number[] {
    const { descriptor } = this.#shown;
    for (let done = this.#collect(); done < count; done += this.#collect()) {
      const entered = this.#enter(CALL.enter, descriptor, 0, count - done, GET_EVENTS, 0, 0);
      if (entered < 0 && !AGAIN.has(this.#ffi.errno())) throw this.#failed(this.#ffi.errno());
    }
    return Array.from(
      { length: count },
      (_, i) => this.#results[(first + i) & (FILE_RING_FILES - 1)] ?? -1,
    );
  }

  #failed(errno: number): AdapterError {
    ABANDONED.push(this.#paths, this.#lent);
    return new AdapterError("io", `Files cannot be read together (io_uring_enter: ${errno}).`);
  }

  #collect(): number {
    const { words } = this.#shown;
    const head = words[this.#word("doneHead")] ?? 0;
    const tail = Atomics.load(words, this.#word("doneTail"));
    const mask = words[this.#word("doneMask")] ?? 0;
    for (let next = head; next !== tail; next = (next + 1) >>> 0) {
      const at = this.#word("done") + (next & mask) * DONE_WORDS;
      this.#results[words[at] ?? 0] = words[at + 2] ?? -1;
    }
    Atomics.store(words, this.#word("doneHead"), tail);
    return (tail - head) >>> 0;
  }

  /** Where in the shared memory a member is. */
  #word(name: Exclude<keyof typeof PARAMS, "bytes" | "entries" | "flags">): number {
    return (this.#shown.params[PARAMS[name]] ?? 0) / 4;
  }
}

function tooMany(count: number): RangeError {
  return new RangeError(`${count} files are too many for one ring`);
}

/** @throws Error where the C library lacks a function */
function setUp(ffi: Ffi): Shown | undefined {
  const setup = ffi.find("syscall", ["int", "int", "address"]);
  const map = ffi.find("mmap", ["address", "address", "int", "int", "int", "address"], "address");
  const params = new Pinned(ffi, PARAMS.bytes);
  params.words[PARAMS.flags] = SETUP_FLAGS;
  const descriptor = setup(CALL.setup, FILE_RING_FILES, params.address);
  if (descriptor < 0) return undefined;
  const { words } = params;
  const doneEntries = words[PARAMS.entries + 1] ?? 0;
  const ringBytes = Math.max(
    (words[PARAMS.array] ?? 0) + 4 * FILE_RING_FILES,
    (words[PARAMS.done] ?? 0) + 4 * DONE_WORDS * doneEntries,
  );
  const show = (offset: number, bytes: number): ArrayBuffer | undefined => {
    const address = map(0, bytes, READ_WRITE, SHARED, descriptor, offset);
    return address > Number.MAX_SAFE_INTEGER ? undefined : ffi.viewOf(address, bytes);
  };
  const rings = show(SHOWN_AT.rings, ringBytes);
  const orders = show(SHOWN_AT.orders, 4 * ORDER_WORDS * FILE_RING_FILES);
  if (rings === undefined || orders === undefined) {
    ffi.find("close", ["int"])(descriptor);
    return undefined;
  }
  return {
    ...{ descriptor, params: words },
    ...{ words: new Uint32Array(rings), orders: new Int32Array(orders) },
  };
}
