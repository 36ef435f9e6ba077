import { once } from "node:events";
import { fileURLToPath } from "node:url";
import {
  isMainThread,
  MessageChannel,
  type MessagePort,
  parentPort,
  receiveMessageOnPort,
  Worker,
  workerData,
} from "node:worker_threads";
import { createNodeSuite } from "../../src/adapters/node/crypto.ts";
import { concatBytes } from "../../src/base/bytes.ts";
import { invoiceLink, type PaymentView } from "../../src/money/payments/index.ts";
import { Bazaar } from "../../test/support/bazaar.ts";

/** Lines between the first and the last of the chain. */
export const HOPS = 5;
const AMOUNT = 10;
const LIMIT = 1_000_000_000;
/** How many of the chain, from the payer on, run in the first thread: the payer has most to do. */
const NEAR = 2;
/** Where nothing comes for so long, a thread looks again. */
const NAP_MS = 20;
/** How a worker knows that it is the other half of this bench. */
const ROLE = "peernet money bench: far half";

/** What goes from one thread to the other at once. */
interface Parcel {
  /** By stream: all that was written to it. */
  readonly streams: readonly (readonly [number, Uint8Array])[];
  /** So many requests are wanted of the payee. */
  readonly ask?: number;
  readonly links?: readonly string[];
  readonly isEnd?: boolean;
}

interface Post {
  readonly role: string;
  readonly port: MessagePort;
  /** Two counters, for the near and the far half: moved when something comes. */
  readonly bells: Int32Array;
}

/**
 * A chain of six people, or one part of it: some run here, the others in another thread, where the same chain was
 * built in the same way. Only what the line between the two halves carries goes from one to the other.
 */
export class Half {
  readonly bazaar: Bazaar;
  readonly links: string[] = [];
  /** Payments of the payer that are over. */
  readonly ended: PaymentView[] = [];
  isOver = false;
  readonly #post: Post | undefined;
  readonly #place: 0 | 1;
  readonly #written = new Map<number, Uint8Array[]>();
  #asked = 0;
  #nowMs = performance.now();

  /** @param post to the other half; all six are here where there is none */
  constructor(place: 0 | 1, post?: Post) {
    this.#place = place;
    this.#post = post;
    this.bazaar = new Bazaar(createNodeSuite(), 1, HOPS + 1, LIMIT, true);
    this.bazaar.onPayment = (at, view) => {
      if (at === 0 && (view.state === "paid" || view.state === "failed")) this.ended.push(view);
    };
    if (post === undefined) return;
    const others = place === 0 ? this.bazaar.stalls.slice(NEAR) : this.bazaar.stalls.slice(0, NEAR);
    const ids = new Set(others.map(({ identity }) => identity.id));
    this.bazaar.net.elsewhere = (peer) => ids.has(peer);
    this.bazaar.net.carry = (stream, bytes) => {
      const before = this.#written.get(stream);
      if (before === undefined) this.#written.set(stream, [bytes]);
      else before.push(bytes);
    };
  }

  /** Takes what came, lets everybody here do what there is to do, and sends what comes of it. */
  turn(more: Omit<Parcel, "streams"> = {}): void {
    if (this.#post === undefined) {
      this.links.push(...this.#requests(more.ask ?? 0));
      this.#settle();
      return;
    }
    this.#exchange(this.#post, more);
  }

  #exchange(post: Post, more: Omit<Parcel, "streams">): void {
    const seen = Atomics.load(post.bells, this.#place);
    let isNew = Object.keys(more).length > 0;
    // One at a time, and what comes of it leaves at once: taken together, all payments would soon be at one place of
    // their way, and each thread wait for the other.
    const came = receiveMessageOnPort(post.port)?.message as Parcel | undefined;
    if (came !== undefined) {
      isNew = true;
      for (const [stream, bytes] of came.streams) this.bazaar.net.arrive(stream, bytes);
      this.links.push(...(came.links ?? []));
      this.#asked += came.ask ?? 0;
      this.isOver ||= came.isEnd === true;
    }
    const asked = this.#asked;
    this.#asked = 0;
    const links = this.#requests(asked);
    this.#settle();
    const isSent = this.#send(post, links.length > 0 ? { ...more, links } : more);
    if (isSent || isNew || this.bazaar.net.busy) return;
    Atomics.wait(post.bells, this.#place, seen, NAP_MS);
  }

  #requests(count: number): readonly string[] {
    if (count === 0) return [];
    return this.bazaar.requests(HOPS, AMOUNT, count).map((one) => invoiceLink(one));
  }

  #settle(): void {
    const { net, stalls } = this.bazaar;
    while (net.busy) net.step();
    // All disks sync side by side, as those of six machines would.
    for (const { disk } of stalls) while (disk.busy) disk.step();
    // As much time for the peers as there was: who tells too much in it is not heard.
    const nowMs = performance.now();
    this.bazaar.clock.advance(nowMs - this.#nowMs);
    this.#nowMs = nowMs;
  }

  #send(post: Post, more: Omit<Parcel, "streams">): boolean {
    const streams = [...this.#written].map(
      ([stream, parts]) => [stream, concatBytes(...parts)] as const,
    );
    this.#written.clear();
    if (streams.length === 0 && Object.keys(more).length === 0) return false;
    post.port.postMessage({ ...more, streams } satisfies Parcel);
    const other = 1 - this.#place;
    Atomics.add(post.bells, other, 1);
    Atomics.notify(post.bells, other);
    return true;
  }
}

/** The near half, once the far one runs; `end` ends that. */
export async function startHalves(): Promise<{ near: Half; end: () => Promise<void> }> {
  const { port1, port2 } = new MessageChannel();
  const bells = new Int32Array(new SharedArrayBuffer(8));
  const far: Post = { role: ROLE, port: port2, bells };
  const worker = new Worker(fileURLToPath(import.meta.url), {
    workerData: far,
    transferList: [port2],
  });
  await once(worker, "message");
  const near = new Half(0, { ...far, port: port1 });
  const end = async (): Promise<void> => {
    const over = once(worker, "exit");
    near.turn({ isEnd: true });
    await over;
    port1.close();
  };
  return { near, end };
}

/** What the worker does: `bench.mjs` is one file for both. */
function runFar(post: Post): void {
  const half = new Half(1, post);
  parentPort?.postMessage("ready");
  while (!half.isOver) half.turn();
  post.port.close();
}

const given = workerData as Partial<Post> | null;
if (!isMainThread && given?.role === ROLE) runFar(given as Post);
