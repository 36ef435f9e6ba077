import { createHash } from "node:crypto";
import type { ServerResponse } from "node:http";
import type { Displayable } from "../../media/index.ts";
import {
  formatObjectLink,
  type GetOptions,
  type ObjectMeta,
  parseObjectLink,
} from "../../store/index.ts";
import type { ApiContext } from "../context.ts";
import { PREVIEW_HEADER } from "../contract-store.ts";
import { ApiError } from "../errors.ts";
import { PREVIEW_BYTES_MAX, SURVIVORS_PATIENCE_MS } from "../limits.ts";
import { ask } from "../wait.ts";

/** Layers of an object that could be had. */
interface Seen {
  readonly meta: ObjectMeta;
  /** Bytes of each whole layer, most important first. */
  readonly layers: readonly Uint8Array[];
}

/**
 * Answers with what the layers that can be had show.
 * @throws ApiError("bad-request") where the object has nothing to show; StoreError
 */
export async function previewObject(
  context: ApiContext,
  link: string,
  query: URLSearchParams,
  response: ServerResponse,
): Promise<undefined> {
  const target = formatObjectLink(parseObjectLink(link));
  const layersMax = countIn(query, "layers");
  const survivors = countIn(query, "survivors");
  const options: GetOptions = {
    preview: true,
    ...(layersMax === undefined ? {} : { layersMax }),
    ...(survivors === undefined ? {} : onlyOf(drawn(context, target, survivors))),
  };
  const { meta, layers } = await ask<Seen>((resolve, reject) =>
    see(context, target, options, resolve, reject),
  );
  const shown = await ask<Displayable | undefined>((resolve) =>
    context.peer.store.show(meta, layers, resolve),
  );
  if (shown === undefined) {
    throw new ApiError("bad-request", "Nothing shows this object before all of it is there.");
  }
  response.writeHead(200, {
    "content-type": shown.mediaType,
    "content-length": shown.bytes.length,
    [PREVIEW_HEADER]: `${layers.length}/${meta.layers.length}`,
    // Somebody else's page must never run as if it were the console's.
    "content-security-policy":
      "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
  });
  response.end(shown.bytes);
  return undefined;
}

function countIn(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (/^[1-9]\d{0,2}$/.test(text)) return Number(text);
  throw new ApiError("bad-request", `"${name}" is a number from 1 to 999.`);
}

/** Nobody waits for other peers to bring what is not to count. */
function onlyOf(only: ReadonlySet<number>): Pick<GetOptions, "only" | "patienceMs"> {
  return { only, patienceMs: SURVIVORS_PATIENCE_MS };
}

/**
 * So many of an object's fragments, as if drawn: whoever asks again gets the same ones, and whoever
 * asks for more these and others, so that a picture never gets softer as more of it survives.
 */
function drawn(context: ApiContext, target: string, count: number): ReadonlySet<number> {
  const n = context.peer.store.object(target)?.n;
  if (n === undefined) {
    const message = "What would be left is only shown of objects that you have stored yourself.";
    throw new ApiError("bad-request", message);
  }
  const lots = Array.from({ length: n }, (_, index) => ({ index, lot: lotOf(target, index) }));
  lots.sort((a, b) => Buffer.compare(a.lot, b.lot));
  return new Set(lots.slice(0, count).map(({ index }) => index));
}

function lotOf(target: string, index: number): Buffer {
  return createHash("sha256").update(`${index} of ${target}`).digest();
}

function see(
  context: ApiContext,
  target: string,
  options: GetOptions,
  resolve: (seen: Seen) => void,
  reject: (error: unknown) => void,
): void {
  let meta: ObjectMeta | undefined;
  let bytesSeen = 0;
  const parts: Uint8Array[][] = [];
  const whole: Uint8Array[] = [];
  const job = context.peer.store.get(
    target,
    {
      onMeta: (told) => {
        meta = told;
      },
      onBytes: (bytes, layer) => {
        bytesSeen += bytes.length;
        if (bytesSeen > PREVIEW_BYTES_MAX) {
          job.abort();
          const most = `${PREVIEW_BYTES_MAX >> 20} MiB`;
          const message = `What is to be shown is larger than ${most}. Ask for fewer layers, or get the file.`;
          reject(new ApiError("too-large", message));
          return;
        }
        const known = parts[layer] ?? [];
        known.push(bytes.slice());
        parts[layer] = known;
      },
      onLayer: (layer) => {
        whole.push(Buffer.concat(parts[layer] ?? []));
      },
      onDone: () => {
        if (meta !== undefined) resolve({ meta, layers: whole });
      },
      onError: reject,
    },
    options,
  );
  context.poke();
}
