import { toHex } from "../base/bytes.ts";
import { TAG_BYTES } from "../crypto/index.ts";
import type { PeerId } from "../identity/index.ts";
import { decodeStripe } from "./codecs.ts";
import type { StoreContext } from "./context.ts";
import { StoreError } from "./errors.ts";
import type { Head } from "./head.ts";
import { formatObjectLink, locateIdOf, type ObjectLink } from "./link.ts";
import { plainBytes, shardBytes, stripeCount } from "./manifest.ts";
import { Reading } from "./reading.ts";
import { StripeCipher } from "./stripe-cipher.ts";
import type { GetEvents, GetJob } from "./types.ts";

/** One object on its way out: shards gathered, checked, decoded and opened, stripe by stripe. */
export class GetRun implements GetJob {
  readonly job: string;
  readonly #context: StoreContext;
  readonly #events: GetEvents;
  readonly #onOver: (run: GetRun) => void;
  readonly #link: string;
  readonly #cipher: StripeCipher;
  readonly #reading: Reading;
  #head: Head | undefined;

  constructor(
    context: StoreContext,
    link: ObjectLink,
    patienceMs: number,
    events: GetEvents,
    onOver: (run: GetRun) => void,
  ) {
    this.job = toHex(context.random.bytes(16));
    this.#context = context;
    this.#events = events;
    this.#onOver = onOver;
    this.#link = formatObjectLink(link);
    this.#cipher = new StripeCipher(context.suite, link.readKey);
    const root = toHex(link.root);
    const locateId = locateIdOf(context.suite, link.root);
    const options = { root, locateId, patienceMs, asksAllFirst: false };
    this.#reading = new Reading(context, options, {
      onHead: (head) => this.#onHead(head),
      onStripe: (stripe, shards) => this.#onStripe(stripe, shards),
      onEnd: (error) => this.#end(error),
    });
  }

  start(): void {
    this.#reading.start();
  }

  pause(): void {
    this.#reading.pause();
  }

  resume(): void {
    this.#reading.resume();
  }

  abort(): void {
    this.#reading.close();
    this.#onOver(this);
  }

  peerReachable(peer: PeerId): void {
    this.#reading.peerReachable(peer);
  }

  peerUnreachable(peer: PeerId): void {
    this.#reading.peerUnreachable(peer);
  }

  nextDeadlineMs(): number {
    return this.#reading.nextDeadlineMs();
  }

  tick(): void {
    this.#reading.tick();
  }

  #onHead(head: Head): void {
    const { sealedName, sizeBytes, k, n } = head.manifest;
    const name = this.#cipher.openName(sealedName);
    if (name === undefined) {
      this.#refuse("wrong-key", "The link's key does not open this object. Please check the link.");
      return;
    }
    this.#head = head;
    this.#events.onMeta?.({ name, sizeBytes, k, n });
  }

  #onStripe(stripe: number, shards: ReadonlyMap<number, Uint8Array>): void {
    const manifest = this.#head?.manifest;
    if (manifest === undefined) return;
    const total = stripeCount(manifest);
    const codec = this.#context.codecs.get(manifest.k, manifest.n);
    const sealedLength = plainBytes(manifest, stripe) + TAG_BYTES;
    const sealed = decodeStripe(codec, shards, shardBytes(manifest, stripe), sealedLength);
    const plain = this.#cipher.openStripe(stripe, stripe === total - 1, sealed);
    if (plain === undefined) {
      const message = "Whoever made this object made it wrong: its parts do not fit its key.";
      this.#refuse("inconsistent", message);
      return;
    }
    if (plain.length > 0) this.#events.onBytes(plain);
    const done = stripe + 1;
    const progress = { job: this.job, kind: "get", link: this.#link, done, total } as const;
    this.#events.onProgress?.(progress);
    this.#context.onProgress(progress);
  }

  #refuse(code: "wrong-key" | "inconsistent", message: string): void {
    this.#reading.close();
    this.#end(new StoreError(code, message));
  }

  #end(error: StoreError | undefined): void {
    this.#onOver(this);
    if (error === undefined) this.#events.onDone();
    else this.#events.onError(error);
  }
}
