import type { LayerProfile } from "../media/index.ts";
import type { AuditingStatus } from "./audit/rounds.ts";
import type { StoreError } from "./errors.ts";
import type { HealingStatus } from "./healing/index.ts";
import type { PutLayer } from "./layer-cursor.ts";
import type { ObjectLayer } from "./records.ts";
import type { BodyTransform } from "./stripe-cipher.ts";

/** How far a job of the store has come; `done` of `total` in stripes or fragments. */
export interface StoreProgress {
  /** Tells jobs apart; unique while this peer runs. */
  readonly job: string;
  /** put, get and repair count stripes; spread counts fragments. */
  readonly kind: "put" | "get" | "spread" | "repair";
  /** The capability link as far as it is known here; empty before a put is done. */
  readonly link: string;
  readonly done: number;
  /** 0 while unknown, as during a put whose length nobody told. */
  readonly total: number;
}

/** What is to be put. */
export interface PutOptions {
  /** What the object is called; only who has the link can read it. At most 255 bytes of UTF-8. */
  readonly name: string;
  /** What it is, as in HTTP; at most 127 bytes. Sealed like the name. */
  readonly mediaType?: string;
  /** Fragments that it takes to read; 20 without it. */
  readonly k?: number;
  /** Fragments that are made; 40 without it. */
  readonly n?: number;
  /** Fragments that the object commits to; `n`, or 64 with the default code, without it. */
  readonly nMax?: number;
  /**
   * Layers, the one that takes the fewest fragments first; their bytes are written one after the
   * other. Without them all bytes are one layer.
   */
  readonly layers?: readonly PutLayer[];
  /**
   * How the file is cut into layers where `layers` do not say it: it is held in memory first, as
   * long as it is not too long. `flat` without it.
   */
  readonly profile?: LayerProfile;
  /** How the bytes of the body layers become the file; `none` without it. */
  readonly transform?: BodyTransform;
  /** Bytes of the file, where a transform makes it from the body. */
  readonly fileBytes?: number;
  /**
   * 32 secret bytes that stand for the very bytes which are written: whoever puts them with this seed
   * makes the same object. Nothing but `name` goes with it, and that is kept here only. The same
   * seed with other bytes would give both away.
   */
  readonly contentSeed?: Uint8Array;
}

/** What a put tells. After `onDone` or `onError` nothing follows. */
export interface PutEvents {
  onProgress?(progress: StoreProgress): void;
  /** Everything is persisted; the link reads it. */
  onDone(link: string): void;
  /** Nothing of it is kept. */
  onError(error: StoreError): void;
  /** `write` takes more after it had answered false. */
  onDrain?(): void;
}

/** Takes the bytes of one object, in order. */
export interface PutJob {
  readonly job: string;
  /**
   * Takes the next bytes (copied). False: wait for onDrain before writing more.
   * @throws StoreError("busy") where many such answers were not heeded
   */
  write(bytes: Uint8Array): boolean;
  /** No more bytes. */
  finish(): void;
  /** Gives up; nothing is kept and no event follows. */
  abort(): void;
}

/** Bytes of a file from `from` up to, not including, `to`. */
export interface FileRange {
  readonly from: number;
  readonly to: number;
}

/** What is wanted of an object; all of its file without them. */
export interface GetOptions {
  /**
   * Only these bytes of the file; nothing but their stripes is fetched. A function is asked once
   * the length of the file is known; undefined is the whole.
   */
  readonly range?: FileRange | ((fileBytes: number) => FileRange | undefined);
  /**
   * Layer after layer instead of the file, as many as can be had within `patienceMs`; it fails
   * only where not even the first one can.
   */
  readonly preview?: boolean;
  /** With `preview`: at most so many layers. */
  readonly layersMax?: number;
  /** How long to wait for enough fragments when nothing moves. */
  readonly patienceMs?: number;
  /** Only these fragments are used, as if the others were lost. */
  readonly only?: ReadonlySet<number>;
}

/** What a get tells. After `onDone` or `onError` nothing follows. */
export interface GetEvents {
  /** The object was found, before its first byte. */
  onMeta?(meta: ObjectMeta): void;
  /** The next bytes; lent for the time of the call. With `preview` they belong to that layer. */
  onBytes(bytes: Uint8Array, layer: number): void;
  /** With `preview`: all bytes of this layer were handed over. */
  onLayer?(layer: number): void;
  onProgress?(progress: StoreProgress): void;
  onDone(): void;
  onError(error: StoreError): void;
}

/** What an object says of itself. */
export interface ObjectMeta {
  readonly name: string;
  /** Empty where its maker told none. */
  readonly mediaType: string;
  /** Bytes of the file. */
  readonly sizeBytes: number;
  /** Fragments that it takes to read all of it. */
  readonly k: number;
  readonly n: number;
  /** Most important first. */
  readonly layers: readonly ObjectLayer[];
  readonly transform: BodyTransform;
}

/** Steers a get. */
export interface GetJob {
  readonly job: string;
  /** No `onBytes` until `resume`; what is fetched ahead stays bounded. */
  pause(): void;
  resume(): void;
  /** Gives up; no event follows. */
  abort(): void;
}

/** One layer of an object. */
export interface LayerHealth extends ObjectLayer {
  readonly isReadable: boolean;
}

/** Where the fragments of an object are, as far as this peer knows. */
export interface ObjectHealth {
  /** Fragments known to be persisted somewhere (here included). */
  readonly alive: number;
  /** Of those, here. */
  readonly here: number;
  /** Of those here, how many wait for a peer that should keep them. */
  readonly waiting: number;
  /** Peers (this one included) that keep at least one. */
  readonly holders: number;
  /** Most important first, and whether enough fragments for each are known. */
  readonly layers: readonly LayerHealth[];
  /** In words: what would survive now. */
  readonly summary: string;
}

/** An object that this peer's owner put here or has repaired by link. */
export interface StoredObject {
  readonly link: string;
  /** 64 hexadecimal digits; the capability to check and repair without reading. */
  readonly root: string;
  /** The same as a content id (CIDv1). */
  readonly cid: string;
  readonly name: string;
  readonly mediaType: string;
  readonly sizeBytes: number;
  readonly createdAtMs: number;
  readonly k: number;
  readonly n: number;
  readonly nMax: number;
  readonly layers: readonly ObjectLayer[];
  /** As known here, without asking anybody. */
  readonly health: ObjectHealth;
}

/** What a repair tells. After `onDone` or `onError` nothing follows. */
export interface RepairEvents {
  onProgress?(progress: StoreProgress): void;
  /** @param created indices of the fragments that were made anew; empty where none was missing */
  onDone(created: readonly number[]): void;
  onError(error: StoreError): void;
}

/** Space the store uses, and how it cares for what is there. */
export interface StoreUsage {
  /** Bytes of all fragments here, own ones that wait included. */
  readonly usedBytes: number;
  /** Of those, bytes kept for others; `quotaBytes` bounds these. */
  readonly othersBytes: number;
  readonly quotaBytes: number;
  /** Objects of others in the trash: nobody renewed them, and they are deleted in a while. */
  readonly trashCount: number;
  readonly objectCount: number;
  readonly fragmentCount: number;
  /** Bytes that this store has sent to others since the start, on streams of its own. */
  readonly sentBytes: number;
  readonly healing: HealingStatus;
  readonly audits: AuditingStatus;
}

/** What happened in this store and its peers, for tests and people who look closer. */
export interface StoreCounters {
  /** Shards from peers that were not what the object commits to. */
  readonly badShards: number;
  /** Fragments that peers have taken over. */
  readonly movedFragments: number;
  /** Offers answered with "no room". */
  readonly refusedOffers: number;
}
