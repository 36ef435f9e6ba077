import type { IncomingMessage } from "node:http";
import {
  DEFAULT_CODE,
  HOME_CODE,
  type ObjectCode,
  type PutLayer,
  type PutOptions,
  WIDE_CODE,
} from "../../store/index.ts";
import type { ApiContext } from "../context.ts";
import { ApiError } from "../errors.ts";

const NAME_CHARACTERS_MAX = 200;

const CODES: ReadonlyMap<string, ObjectCode> = new Map([
  ["home", HOME_CODE],
  ["default", DEFAULT_CODE],
  ["wide", WIDE_CODE],
]);

/** How an object is to be stored, as a request says it; empty texts are the usual. */
export interface WriteWish {
  readonly name: string;
  readonly mediaType: string;
  readonly code: string;
  /** See LAYER_SYNTAX. */
  readonly layers: string;
}

/** How layers are spelled, such as `preview@3:1200,body@10:40000,body@20`. */
const LAYER_SYNTAX = /^(preview|body)@(\d{1,2})(?::(\d{1,15}))?$/;

/**
 * The wish in a query.
 * @throws ApiError("bad-request") where it names something that is not there
 */
export function writeWishOf(query: URLSearchParams): WriteWish {
  const name = query.get("name") ?? "";
  if (name.length === 0 || name.length > NAME_CHARACTERS_MAX) {
    throw new ApiError(
      "bad-request",
      `Give the object a name of 1 to ${NAME_CHARACTERS_MAX} characters.`,
    );
  }
  return {
    name,
    mediaType: query.get("type") ?? "",
    code: query.get("code") ?? "default",
    layers: query.get("layers") ?? "gentle",
  };
}

function codeOf(name: string): ObjectCode {
  const code = CODES.get(name);
  if (code !== undefined) return code;
  const known = [...CODES.keys()].join(", ");
  throw new ApiError("bad-request", `There is no code "${name}". Choose one of: ${known}.`);
}

const PROFILES = ["flat", "gentle", "rich", "steep"] as const;

function layersOf(text: string): Partial<Pick<PutOptions, "layers" | "profile">> {
  const profile = PROFILES.find((known) => known === text);
  if (profile !== undefined) return { profile };
  const layers = text.split(",").map((one): PutLayer => {
    const match = LAYER_SYNTAX.exec(one);
    if (match === null) {
      const how = `Name one of ${PROFILES.join(", ")}, or layers such as preview@3:1200,body@20.`;
      throw new ApiError("bad-request", `"${one}" is no layer. ${how}`);
    }
    const [, role, k, size] = match;
    const sizeBytes = size === undefined ? undefined : Number(size);
    return { role: role === "preview" ? "preview" : "body", k: Number(k), sizeBytes };
  });
  return { layers };
}

/**
 * Streams a request's body into the store, as fast as it is taken.
 * @returns the object's link
 */
export async function writeObject(
  context: ApiContext,
  request: IncomingMessage,
  { name, mediaType, code, layers }: WriteWish,
): Promise<string> {
  const options = { name, mediaType, ...codeOf(code), ...layersOf(layers) };
  return await new Promise<string>((resolve, reject) => {
    const job = context.peer.store.beginPut(options, {
      onDone: resolve,
      onError: reject,
      onDrain: () => request.resume(),
    });
    const turn = (action: () => void): void => {
      try {
        action();
      } catch (error) {
        job.abort();
        reject(error);
      }
      context.poke();
    };
    request.on("data", (chunk: Uint8Array) => {
      turn(() => {
        if (!job.write(chunk)) request.pause();
      });
    });
    request.on("end", () => turn(() => job.finish()));
    request.on("close", () => {
      if (request.complete) return;
      job.abort();
      reject(new ApiError("bad-request", "The upload ended before its end."));
    });
  });
}
