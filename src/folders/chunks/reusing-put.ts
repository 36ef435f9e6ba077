import { must, TypedError } from "../../base/errors.ts";
import type { RecordWrite } from "../../ports/index.ts";
import type { FoldersContext } from "../context.ts";
import { FoldersError } from "../errors.ts";
import {
  CHUNKS_PER_OBJECT_MAX,
  CHUNKS_WAITING_MAX,
  CONTENT_BYTES_MAX,
  PARTS_REUSED_MAX,
} from "../limits.ts";
import type { ObjectPutEvents, ObjectSink, ObjectTrouble } from "../objects.ts";
import type { Part } from "../version.ts";
import type { Chunk } from "./chunk-list.ts";
import type { Contents } from "./contents.ts";
import { ChunkCutter } from "./cutter.ts";
import type { KnownChunk, KnownChunks } from "./known-chunks.ts";

/** What the put of a file tells, never from inside a call. */
export interface ReusingPutEvents {
  onDrain(): void;
  /** Everything is in the store. `remember` belongs to the batch that makes the file. */
  onDone(parts: readonly Part[], remember: () => readonly RecordWrite[]): void;
  onError(trouble: ObjectTrouble, cause: TypedError): void;
}

/** What a put of a file works with. */
export interface ReusingPutParts {
  readonly context: FoldersContext;
  /** Loaded before. */
  readonly known: KnownChunks;
  readonly contents: Contents;
}

/** A stretch of the file: where it stands already, or in the object that is being put. */
interface Stretch {
  readonly link: Uint8Array | undefined;
  readonly offset: number;
  lengthBytes: number;
}

/**
 * The put of one large file: what the folder has already is pointed at, the rest becomes one object.
 */
export class ReusingPut {
  readonly #context: FoldersContext;
  readonly #known: KnownChunks;
  readonly #contents: Contents;
  readonly #name: string;
  readonly #events: ReusingPutEvents;
  readonly #cutter: ChunkCutter;
  readonly #stretches: Stretch[] = [];
  /** Chunks of the object that is being put. */
  readonly #chunks: Chunk[] = [];
  readonly #kept = new Map<Uint8Array, boolean>();
  #sink: ObjectSink | undefined;
  #sinkBytes = 0;
  #isFull = false;
  #waitingMax: number = CHUNKS_WAITING_MAX;
  #isFinished = false;
  #isOver = false;
  readonly #waiting: Uint8Array[] = [];
  /** What is new, until all of it is here or it is too much; undefined from then on. */
  #held: Uint8Array[] | undefined = [];

  constructor(parts: ReusingPutParts, name: string, events: ReusingPutEvents) {
    const { context, known, contents } = parts;
    this.#context = context;
    this.#known = known;
    this.#contents = contents;
    this.#name = name;
    this.#events = events;
    this.#cutter = new ChunkCutter(known.gear, (chunk) => this.#take(chunk));
  }

  /**
   * The next bytes; looked at during the call only. False: wait for `onDrain`.
   * @throws TypedError where nothing can be put now
   */
  write(bytes: Uint8Array): boolean {
    if (this.#isOver) return false;
    this.#cutter.write(bytes);
    return !this.#isFull;
  }

  /** That was all. @throws TypedError where nothing can be put now */
  finish(): void {
    if (this.#isOver || this.#isFinished) return;
    this.#cutter.end();
    this.#isFinished = true;
    if (this.#held !== undefined && this.#sinkBytes > 0) {
      const seed = this.#contents.seedOf(this.#chunks);
      this.#context.records.write([], () => this.#putHeld(seed));
    } else if (this.#sink === undefined)
      this.#context.records.write([], () => this.#done(undefined));
    else if (this.#waiting.length === 0) this.#sink.finish();
  }

  abort(): void {
    this.#isOver = true;
    this.#sink?.abort();
    this.#takeHeld();
    this.#waiting.length = 0;
  }

  #take(chunk: Uint8Array): void {
    const hash = this.#context.suite.sha256(chunk);
    const found = this.#reusable(hash);
    if (found !== undefined) {
      this.#append(found.link, found.offset, chunk.length);
      return;
    }
    this.#append(undefined, this.#sinkBytes, chunk.length);
    this.#sinkBytes += chunk.length;
    if (this.#chunks.length < CHUNKS_PER_OBJECT_MAX) {
      this.#chunks.push({ lengthBytes: chunk.length, hash });
    }
    this.#pour(chunk);
  }

  /** Not where the file would fall into too many parts: every part is a question to others. */
  #reusable(hash: Uint8Array): KnownChunk | undefined {
    const found = this.#known.find(hash);
    if (found === undefined || !this.#isKept(found.link)) return undefined;
    const last = this.#stretches.at(-1);
    const goesOn = last?.link === found.link && last.offset + last.lengthBytes === found.offset;
    return goesOn || this.#stretches.length + 2 <= PARTS_REUSED_MAX ? found : undefined;
  }

  /** Whether the store still has an object that others are made of. */
  #isKept(link: Uint8Array): boolean {
    const known = this.#kept.get(link);
    if (known !== undefined) return known;
    const isKept = this.#context.objects.keeps(link);
    this.#kept.set(link, isKept);
    return isKept;
  }

  /** Whether an object was let go since the file was begun to point into it. */
  #hasLostParts(): boolean {
    const { objects } = this.#context;
    return this.#stretches.some(({ link }) => link !== undefined && !objects.keeps(link));
  }

  #append(link: Uint8Array | undefined, offset: number, lengthBytes: number): void {
    const last = this.#stretches.at(-1);
    if (last !== undefined && last.link === link && last.offset + last.lengthBytes === offset) {
      last.lengthBytes += lengthBytes;
    } else this.#stretches.push({ link, offset, lengthBytes });
  }

  #pour(chunk: Uint8Array): void {
    if (this.#held !== undefined) {
      if (this.#sinkBytes <= CONTENT_BYTES_MAX && this.#context.held.take(chunk.length)) {
        this.#held.push(chunk.slice());
        return;
      }
      this.#stream();
    }
    this.#sink ??= this.#open();
    if (!this.#isFull) {
      this.#isFull = !this.#sink.write(chunk);
      return;
    }
    if (this.#waiting.length >= this.#waitingMax) {
      throw new FoldersError("busy", "More was written than the store takes. Wait for onDrain.");
    }
    this.#waiting.push(chunk.slice());
  }

  /** All that is new is here. */
  #putHeld(contentSeed: Uint8Array): void {
    if (this.#isOver) return;
    this.#waiting.push(...this.#takeHeld());
    this.#drain(contentSeed);
  }

  /** So much is new that it goes on its way under a key of its own. */
  #stream(): void {
    const held = this.#takeHeld();
    if (held.length === 0) return;
    this.#waiting.push(...held);
    this.#waitingMax += held.length;
    this.#sink = this.#open();
    this.#flow(this.#sink);
  }

  #takeHeld(): readonly Uint8Array[] {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const { length } of held) this.#context.held.giveBack(length);
    return held;
  }

  #open(contentSeed?: Uint8Array): ObjectSink {
    const events: ObjectPutEvents = {
      onDrain: () => this.#drain(),
      onDone: (link) => this.#done(link),
      onError: (trouble, cause) => {
        if (this.#isOver) return;
        this.#isOver = true;
        this.#events.onError(trouble, cause);
      },
    };
    return this.#context.objects.put(this.#name, events, contentSeed);
  }

  /** @param contentSeed where it is to be opened first, and all of it is here */
  #drain(contentSeed?: Uint8Array): void {
    this.#isFull = false;
    try {
      this.#sink ??= this.#open(contentSeed);
      this.#drainInto(this.#sink);
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
      this.abort();
      this.#events.onError(this.#context.objects.troubleOf(error), error);
    }
  }

  #drainInto(sink: ObjectSink): void {
    this.#flow(sink);
    if (this.#isOver || this.#isFull) return;
    if (this.#isFinished) sink.finish();
    else this.#events.onDrain();
  }

  /** Hands over what waits, as far as it is taken now. */
  #flow(sink: ObjectSink): void {
    while (!this.#isOver && !this.#isFull) {
      const chunk = this.#waiting.shift();
      if (chunk === undefined) return;
      this.#isFull = !sink.write(chunk);
    }
  }

  #done(link: Uint8Array | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#hasLostParts()) {
      const error = new FoldersError("busy", "Part of it was let go meanwhile. Write it again.");
      this.#events.onError("busy", error);
      return;
    }
    const parts = this.#stretches.map(({ link: own, offset, lengthBytes }): Part => {
      const from = own ?? must(link, "what is new stands in a new object");
      return { kind: "object", link: from, offset, lengthBytes };
    });
    const remember = (): readonly RecordWrite[] =>
      link === undefined ? [] : this.#known.add({ link, chunks: this.#chunks });
    this.#events.onDone(parts, remember);
  }
}
