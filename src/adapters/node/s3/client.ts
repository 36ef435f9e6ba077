import { createHash } from "node:crypto";
import { DiskError } from "../../../ports/index.ts";
import { answeredFailure, type S3Failure, silentFailure } from "./failures.ts";
import { type HttpAnswer, HttpCaller } from "./http.ts";
import {
  S3_ANSWER_BYTES_MAX,
  S3_BACKOFF_MS_MAX,
  S3_BACKOFF_MS_MIN,
  S3_LIST_PAGE,
  S3_REQUESTS_MAX,
  S3_RETRY_CLOSING_MS,
  S3_RETRY_MS,
  S3_RETRY_OPENING_MS,
} from "./limits.ts";
import type { S3Place } from "./place.ts";
import {
  encodePart,
  encodeQuery,
  NO_BODY_DIGEST,
  type S3Credentials,
  type S3Request,
  signedHeaders,
} from "./sign.ts";
import { parsePage } from "./xml.ts";

/** How a cluster is spoken to; for tests. */
export interface S3ClientOptions {
  /** How long a request is tried again while the store runs, in milliseconds. */
  readonly retryMs?: number | undefined;
  /** The same while it is being opened. */
  readonly retryOpeningMs?: number | undefined;
  /** How long the cluster may be silent in the middle of a request, in milliseconds. */
  readonly silenceMs?: number | undefined;
}

/** An object and how large it is. */
export interface S3Object {
  /** Without the place's path. */
  readonly name: string;
  readonly sizeBytes: number;
}

interface Ask {
  /** For people: "reading a block". */
  readonly doing: string;
  readonly method: S3Request["method"];
  /** Path in the bucket; "" is the bucket itself. */
  readonly key: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: readonly Uint8Array[];
  readonly answerBytesMax?: number;
}

/** What a request came to: a value, "absent" for an object that is not there, or a failure. */
type Outcome<T> = { readonly value: T } | "absent" | S3Failure;

/**
 * The five requests that blocks need, over path-style addresses; each is tried again for a while
 * where that may help. All reject with DiskError, which says what to do next.
 */
export class S3Client {
  readonly #place: S3Place;
  readonly #credentials: S3Credentials;
  readonly #caller: HttpCaller;
  readonly #running: number;
  #retryMs: number;
  #flying = 0;
  readonly #waiting: (() => void)[] = [];
  /** How far the cluster's clock is ahead of ours, where it complained about the difference. */
  #skewMs = 0;

  constructor(place: S3Place, credentials: S3Credentials, options: S3ClientOptions = {}) {
    this.#place = place;
    this.#credentials = credentials;
    this.#caller = new HttpCaller(place.endpoint, options.silenceMs);
    this.#running = options.retryMs ?? S3_RETRY_MS;
    this.#retryMs = options.retryOpeningMs ?? S3_RETRY_OPENING_MS;
  }

  /** The store is open: from now on it waits longer for a cluster that is away. */
  opened(): void {
    this.#retryMs = this.#running;
  }

  /** The store is about to close: what cannot be done soon is given up. */
  hurry(): void {
    this.#retryMs = Math.min(this.#retryMs, S3_RETRY_CLOSING_MS);
  }

  close(): void {
    this.#caller.close();
  }

  /** `bytes` bytes of an object from `from` on; undefined where there is no such object. */
  read(name: string, from: number, bytes: number): Promise<Uint8Array | undefined> {
    const range = `bytes=${from}-${from + bytes - 1}`;
    const ask: Ask = {
      ...{ doing: "to read a block", method: "GET", key: this.#keyOf(name) },
      ...{ headers: { range }, answerBytesMax: bytes },
    };
    return this.#ask(ask, ({ status, body, headers }) => {
      const said = String(headers["content-range"] ?? "");
      const fits = status === 206 && said.startsWith(`bytes ${from}-`) && body.length === bytes;
      return fits ? body : undefined;
    });
  }

  /** A small object as a whole; undefined where it is not there. */
  readWhole(name: string): Promise<Uint8Array | undefined> {
    const ask: Ask = { doing: "to read an object", method: "GET", key: this.#keyOf(name) };
    return this.#ask(ask, ({ status, body }) => (status === 200 ? body : undefined));
  }

  /** Bytes of an object; undefined where it is not there. */
  size(name: string): Promise<number | undefined> {
    const ask: Ask = { doing: "to look at an object", method: "HEAD", key: this.#keyOf(name) };
    return this.#ask(ask, ({ headers }) => {
      const sizeBytes = Number(headers["content-length"] ?? Number.NaN);
      return Number.isSafeInteger(sizeBytes) ? sizeBytes : undefined;
    });
  }

  /** Stores an object; resolves once the cluster has answered that it is kept. */
  async write(name: string, body: readonly Uint8Array[]): Promise<void> {
    const ask: Ask = { doing: "to keep a block", method: "PUT", key: this.#keyOf(name), body };
    await this.#ask(ask, ({ status }) => (status === 200 ? true : undefined));
  }

  /** Removes an object, if it is there. */
  async remove(name: string): Promise<void> {
    const ask: Ask = { doing: "to remove a block", method: "DELETE", key: this.#keyOf(name) };
    await this.#ask(ask, () => true);
  }

  /** All objects of the place. */
  async list(objectsMax: number): Promise<S3Object[]> {
    const root = this.#keyOf("");
    const found: S3Object[] = [];
    for (let token: string | undefined; ; ) {
      const query = {
        ...{ "list-type": "2", "encoding-type": "url", "max-keys": String(S3_LIST_PAGE) },
        ...(root === "" ? {} : { prefix: root }),
        ...(token === undefined ? {} : { "continuation-token": token }),
      };
      const ask: Ask = { doing: "to list the bucket", method: "GET", key: "", query };
      const page = await this.#ask(ask, ({ body }) => parsePage(body.toString("utf8")));
      for (const { key, sizeBytes } of page?.objects ?? []) {
        if (key.startsWith(root)) found.push({ name: key.slice(root.length), sizeBytes });
      }
      if (found.length > objectsMax) {
        throw new DiskError(
          "io",
          `There are more than ${objectsMax} objects in the bucket ${this.#place.bucket} under '${root}'. Choose another path in it with --blocks.`,
        );
      }
      token = page?.next;
      if (token === undefined) return found;
    }
  }

  #keyOf(name: string): string {
    return this.#place.prefix === "" ? name : `${this.#place.prefix}/${name}`;
  }

  /** @param accept what the answer says, or undefined where it is not what was asked for */
  async #ask<T>(ask: Ask, accept: (answer: HttpAnswer) => T | undefined): Promise<T | undefined> {
    if (this.#flying >= S3_REQUESTS_MAX) {
      await new Promise<void>((resume) => this.#waiting.push(resume));
    } else {
      this.#flying++;
    }
    try {
      return await this.#persist(ask, accept);
    } finally {
      // The place is handed on, or given back.
      const next = this.#waiting.shift();
      if (next === undefined) this.#flying--;
      else next();
    }
  }

  async #persist<T>(
    ask: Ask,
    accept: (answer: HttpAnswer) => T | undefined,
  ): Promise<T | undefined> {
    const bodyDigest = digestOf(ask.body);
    const startMs = performance.now();
    for (let pauseMs = S3_BACKOFF_MS_MIN; ; pauseMs = Math.min(pauseMs * 2, S3_BACKOFF_MS_MAX)) {
      const outcome = await this.#attempt(ask, bodyDigest, accept);
      if (outcome === "absent") return undefined;
      if ("value" in outcome) return outcome.value;
      const spentMs = performance.now() - startMs;
      if (!outcome.mayPass || spentMs + pauseMs > this.#retryMs) throw outcome.error;
      // Half of it by chance, so that many requests that failed together do not return together.
      await rest(pauseMs * (0.5 + Math.random() / 2));
    }
  }

  async #attempt<T>(
    ask: Ask,
    bodyDigest: string,
    accept: (answer: HttpAnswer) => T | undefined,
  ): Promise<Outcome<T>> {
    const { method, key, query = {}, headers = {}, body = [] } = ask;
    const { bucket, region } = this.#place;
    const path = `/${[bucket, ...(key === "" ? [] : key.split("/"))].map(encodePart).join("/")}`;
    const request = { method, path, query, headers, bodyDigest, host: this.#caller.host };
    const nowMs = Date.now() + this.#skewMs;
    const search = encodeQuery(query);
    let answer: HttpAnswer;
    try {
      answer = await this.#caller.call({
        ...{ method, body, path: search === "" ? path : `${path}?${search}` },
        headers: signedHeaders(request, this.#credentials, region, nowMs),
        answerBytesMax: Math.max(S3_ANSWER_BYTES_MAX, ask.answerBytesMax ?? 0),
      });
    } catch (error) {
      return silentFailure(this.#place, error);
    }
    if (answer.status >= 200 && answer.status < 300) {
      const value = accept(answer);
      if (value !== undefined) return { value };
      return silentFailure(this.#place, "its answer is not what S3 answers");
    }
    return this.#refused(ask, answer);
  }

  #refused({ doing, method, key }: Ask, answer: HttpAnswer): "absent" | S3Failure {
    const { status, headers } = answer;
    const failure = answeredFailure(this.#place, doing, status, answer.body.toString("utf8"));
    // An answer to HEAD has no words.
    const isAbsent = failure.code === "NoSuchKey" || (method === "HEAD" && key !== "");
    if (status === 404 && isAbsent) return "absent";
    const theirMs = Date.parse(String(headers["date"] ?? ""));
    if (failure.code !== "RequestTimeTooSkewed" || Number.isNaN(theirMs) || this.#skewMs !== 0) {
      return failure;
    }
    this.#skewMs = theirMs - Date.now();
    return { ...failure, mayPass: true };
  }
}

function digestOf(body: readonly Uint8Array[] | undefined): string {
  if (body === undefined) return NO_BODY_DIGEST;
  const hash = createHash("sha256");
  for (const part of body) hash.update(part);
  return hash.digest("hex");
}

function rest(ms: number): Promise<void> {
  return new Promise((resume) => setTimeout(resume, ms));
}
