import { concatBytes, toHex } from "../base/bytes.ts";
import { TAG_BYTES } from "../crypto/index.ts";
import type { PeerId } from "../identity/index.ts";
import { decodeStripe } from "./codecs.ts";
import type { StoreContext } from "./context.ts";
import { StoreError } from "./errors.ts";
import { fullK, shardBytesOf, sizeOf, stripePlace } from "./geometry.ts";
import type { Head } from "./head.ts";
import type { PassingHeal } from "./healing/index.ts";
import { PATIENCE_MS, PREVIEW_PATIENCE_MS, TRANSFORMED_BYTES_MAX } from "./limits.ts";
import { formatObjectLink, locateIdOf, type ObjectLink } from "./link.ts";
import type { Manifest } from "./manifest.ts";
import { Reading } from "./reading.ts";
import { StripeCipher } from "./stripe-cipher.ts";
import type { GetEvents, GetJob, GetOptions } from "./types.ts";
import { type Wanted, wantedOf } from "./wanted.ts";

/** One object on its way out: shards gathered, checked, decoded and opened, stripe by stripe. */
export class GetRun implements GetJob {
  readonly job: string;
  readonly #context: StoreContext;
  readonly #events: GetEvents;
  readonly #onOver: (run: GetRun) => void;
  readonly #link: string;
  readonly #readKey: Uint8Array;
  readonly #options: GetOptions;
  readonly #reading: Reading;
  readonly #accompany: () => PassingHeal | undefined;
  #passing: PassingHeal | undefined;
  #cipher: StripeCipher | undefined;
  #wanted: Wanted | undefined;
  #manifest: Manifest | undefined;
  #done = 0;
  #layersDone = 0;
  /** Of an object whose file is made from all of its body. */
  #body: Uint8Array[] = [];
  #fileBytes = 0;
  #isAborted = false;

  /** @param accompany what makes missing fragments in passing, where all of the object is read */
  constructor(
    context: StoreContext,
    link: ObjectLink,
    options: GetOptions,
    events: GetEvents,
    onOver: (run: GetRun) => void,
    accompany: () => PassingHeal | undefined,
  ) {
    this.#accompany = accompany;
    this.job = toHex(context.random.bytes(16));
    this.#context = context;
    this.#options = options;
    this.#events = events;
    this.#onOver = onOver;
    this.#link = formatObjectLink(link);
    this.#readKey = link.readKey;
    const root = toHex(link.root);
    const locateId = locateIdOf(context.suite, link.root);
    const usualMs = options.preview === true ? PREVIEW_PATIENCE_MS : PATIENCE_MS;
    const patienceMs = options.patienceMs ?? usualMs;
    this.#reading = new Reading(
      context,
      {
        ...{ root, locateId, patienceMs, isRepair: false, only: options.only },
        isPart: options.range !== undefined,
      },
      {
        onHead: (head) => this.#onHead(head),
        onStripe: (stripe, shards) => this.#onStripe(stripe, shards),
        onWhole: () => this.#readWhole(),
        onEnd: (error) => this.#end(error),
      },
    );
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
    this.#isAborted = true;
    this.#reading.close();
    this.#passing?.readEnded();
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

  #onHead(head: Head): readonly number[] {
    const { manifest } = head;
    const cipher = new StripeCipher(this.#context.suite, this.#readKey, manifest.version);
    const meta = cipher.openMeta(manifest);
    if (meta === undefined) {
      this.#refuse("wrong-key", "The link's key does not open this object. Please check the link.");
      return [];
    }
    const wanted = wantedOf(manifest, meta, this.#options);
    if (wanted === undefined) {
      const message = `The file has ${meta.fileBytes} bytes; the range begins after them.`;
      this.#refuse("bad-range", message);
      return [];
    }
    if (wanted.isBody && sizeOf(manifest) > TRANSFORMED_BYTES_MAX) {
      const message = "This file can only be put together whole, and it is too large for that.";
      this.#refuse("too-large", message);
      return [];
    }
    this.#fileBytes = meta.fileBytes;
    this.#manifest = manifest;
    this.#cipher = cipher;
    this.#wanted = wanted;
    if (this.#isAll(wanted)) {
      this.#passing = this.#accompany();
      this.#passing?.begin(head, this.#reading.survey);
    }
    const { name, mediaType, roles, transform, fileBytes: sizeBytes } = meta;
    const layers = manifest.layers.map((layer, i) => ({ ...layer, role: roles[i] ?? "body" }));
    const k = fullK(manifest);
    this.#events.onMeta?.({ name, mediaType, sizeBytes, k, n: manifest.n, layers, transform });
    return wanted.stripes;
  }

  #onStripe(stripe: number, shards: ReadonlyMap<number, Uint8Array>): void {
    const manifest = this.#manifest;
    const wanted = this.#wanted;
    if (manifest === undefined || wanted === undefined) return;
    const place = stripePlace(manifest, stripe);
    const bytes = shardBytesOf(place.plainBytes, place.k);
    const codec = this.#context.codecs.get(place.k, manifest.nMax, bytes);
    const sealed = decodeStripe(codec, shards, bytes, place.plainBytes + TAG_BYTES);
    const plain = this.#cipher?.openStripe(stripe, place, sealed);
    if (plain === undefined) {
      const message = "Whoever made this object made it wrong: its parts do not fit its key.";
      this.#refuse("inconsistent", message);
      return;
    }
    const part = wanted.cut(place, plain);
    if (wanted.isBody) this.#body.push(part.slice());
    else if (part.length > 0) this.#events.onBytes(part, place.layer);
    if (place.isLast) this.#layersDone = place.layer + 1;
    if (place.isLast && this.#options.preview === true) this.#events.onLayer?.(place.layer);
    const total = wanted.stripes.length;
    const progress = {
      job: this.job,
      kind: "get",
      link: this.#link,
      done: ++this.#done,
      total,
    } as const;
    this.#events.onProgress?.(progress);
    this.#context.onProgress(progress);
    if (!this.#isAborted) this.#passing?.pass(stripe, shards);
  }

  /** Whether all of the body is read, and nothing is left out on purpose. */
  #isAll({ isBody, range }: Wanted): boolean {
    if (this.#options.preview === true || this.#options.only !== undefined) return false;
    return isBody || (range.from === 0 && range.to === this.#fileBytes);
  }

  #readWhole(): void {
    this.#reading.handOver();
    if (this.#passing?.readWhole() !== true) this.#reading.survey.close();
    this.#end(undefined);
  }

  #refuse(code: Refusal, message: string): void {
    this.#reading.close();
    this.#end(new StoreError(code, message));
  }

  #end(error: StoreError | undefined): void {
    this.#passing?.readEnded();
    const wanted = this.#wanted;
    if (error === undefined && wanted?.isBody === true) {
      this.#restore(wanted);
      return;
    }
    this.#onOver(this);
    const isPartial = this.#options.preview === true && this.#layersDone > 0 && isTooFew(error);
    if (error === undefined || isPartial) this.#events.onDone();
    else this.#events.onError(error);
  }

  /** The file comes from the whole body. */
  #restore({ transform, range }: Wanted): void {
    const body = concatBytes(...this.#body);
    this.#body = [];
    this.#context.layering.restore(transform, body, (file) => {
      if (this.#isAborted) return;
      this.#onOver(this);
      if (file?.length !== this.#fileBytes) {
        const message =
          "Whoever made this object made it wrong: its body does not become its file.";
        this.#events.onError(new StoreError("inconsistent", message));
        return;
      }
      const part = file.subarray(range.from, range.to);
      if (part.length > 0) this.#events.onBytes(part, this.#layersDone - 1);
      this.#events.onDone();
    });
  }
}

type Refusal = "wrong-key" | "inconsistent" | "bad-range" | "too-large";

function isTooFew(error: StoreError | undefined): boolean {
  return error?.code === "not-enough-fragments" || error?.code === "stalled";
}
