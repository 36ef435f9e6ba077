import { Worker } from "node:worker_threads";
import type {
  Displayable,
  DisplayFacts,
  LayerPlan,
  LayerProfile,
  Transform,
} from "../../../media/index.ts";
import type { Log } from "../../../ports/index.ts";
import { INLINE_LAYERING, type Layering, type ShownLayer } from "../../../store/index.ts";
import { LAYERING_HEAP_MB_MAX, LAYERING_IDLE_MS, LAYERING_INLINE_BYTES } from "./limits.ts";
import type { LayeringAnswer, LayeringRequest, PackedPlan } from "./messages.ts";

/** What a thread is made of. */
export interface LayeringThreadOptions {
  /** The file of the thread, built. */
  readonly workerFile: URL;
  readonly log: Log;
  /** Called after every answer, so that new deadlines of the peer are noticed. */
  readonly poke: () => void;
  /** How long an idle thread is kept, in milliseconds; `LAYERING_IDLE_MS` without it. */
  readonly idleMs?: number;
}

type Answer = (answer: LayeringAnswer | undefined) => void;

/**
 * Cuts files in a thread of its own, which begins with the first file and ends when nothing has
 * come for a while. Small files are cut at once: to send them would take longer. A thread that dies,
 * of a picture that is larger than its memory say, costs the cut and not the file: that is stored flat.
 */
export class LayeringThread implements Layering {
  readonly #options: LayeringThreadOptions;
  readonly #waiting: Map<number, Answer> = new Map();
  #worker: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;
  #lastId = 0;

  constructor(options: LayeringThreadOptions) {
    this.#options = options;
  }

  plan(
    file: Uint8Array,
    name: string,
    profile: LayerProfile,
    done: (plan: LayerPlan) => void,
  ): void {
    if (file.length <= LAYERING_INLINE_BYTES) {
      INLINE_LAYERING.plan(file, name, profile, done);
      return;
    }
    const uncut: LayerPlan = {
      mediaType: "",
      layers: [{ level: 3, role: "body", bytes: file }],
      transform: "none",
    };
    // The thread gets a copy: should it die, the file is still here.
    this.#ask({ t: "plan", file: file.slice(), name, profile }, (answer) => {
      const isPlan = answer?.t === "planned";
      done(isPlan ? unpack(answer.plan, answer.bytes) : uncut);
    });
  }

  restore(
    transform: Transform,
    body: Uint8Array,
    done: (file: Uint8Array | undefined) => void,
  ): void {
    if (transform === "none" || body.length <= LAYERING_INLINE_BYTES) {
      INLINE_LAYERING.restore(transform, body, done);
      return;
    }
    this.#ask({ t: "restore", transform, body: body.slice() }, (answer) => {
      done(answer?.t === "restored" ? answer.file : undefined);
    });
  }

  show(
    facts: DisplayFacts,
    layers: readonly ShownLayer[],
    done: (shown: Displayable | undefined) => void,
  ): void {
    const bytes = layers.reduce((sum, layer) => sum + layer.bytes.length, 0);
    if (bytes <= LAYERING_INLINE_BYTES) {
      INLINE_LAYERING.show(facts, layers, done);
      return;
    }
    this.#ask({ t: "show", facts, layers }, (answer) => {
      done(answer?.t === "shown" ? answer.shown : undefined);
    });
  }

  /** Ends the thread; what it was asked is answered as if it had died. */
  async close(): Promise<void> {
    clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
    this.#giveUp();
  }

  #ask(request: WithoutId, done: Answer): void {
    clearTimeout(this.#idle);
    const id = ++this.#lastId;
    this.#waiting.set(id, done);
    const message = { id, ...request } satisfies LayeringRequest;
    this.#thread().postMessage(message, handedOver(request));
  }

  #thread(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = new Worker(this.#options.workerFile, {
      resourceLimits: { maxOldGenerationSizeMb: LAYERING_HEAP_MB_MAX },
    });
    worker.on("message", (answer: LayeringAnswer) => this.#answered(answer));
    worker.on("error", (error) => {
      this.#options.log.warn("thread for layers died", { error: error.message });
    });
    worker.on("exit", () => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      this.#giveUp();
      this.#options.poke();
    });
    this.#worker = worker;
    return worker;
  }

  #answered(answer: LayeringAnswer): void {
    const done = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    done?.(answer);
    if (this.#waiting.size === 0) {
      const idleMs = this.#options.idleMs ?? LAYERING_IDLE_MS;
      this.#idle = setTimeout(() => void this.close(), idleMs);
      this.#idle.unref();
    }
    this.#options.poke();
  }

  #giveUp(): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const done of waiting) done(undefined);
  }
}

type WithoutId = LayeringRequest extends infer R ? (R extends R ? Omit<R, "id"> : never) : never;

/** What is handed over instead of being copied once more: the copies made for the thread. */
function handedOver(request: WithoutId): ArrayBuffer[] {
  if (request.t === "show") return [];
  const { buffer } = request.t === "plan" ? request.file : request.body;
  return buffer instanceof ArrayBuffer ? [buffer] : [];
}

function unpack({ mediaType, layers, transform, note }: PackedPlan, bytes: Uint8Array): LayerPlan {
  let at = 0;
  const unpacked = layers.map(({ level, role, sizeBytes }) => {
    at += sizeBytes;
    return { level, role, bytes: bytes.subarray(at - sizeBytes, at) };
  });
  return { mediaType, layers: unpacked, transform, ...(note === "" ? {} : { note }) };
}
