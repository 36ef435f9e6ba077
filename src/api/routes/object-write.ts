import type { IncomingMessage } from "node:http";
import { DEFAULT_CODE, HOME_CODE, type ObjectCode, WIDE_CODE } from "../../store/index.ts";
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
}

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
  return { name, mediaType: query.get("type") ?? "", code: query.get("code") ?? "default" };
}

function codeOf(name: string): ObjectCode {
  const code = CODES.get(name);
  if (code !== undefined) return code;
  const known = [...CODES.keys()].join(", ");
  throw new ApiError("bad-request", `There is no code "${name}". Choose one of: ${known}.`);
}

/**
 * Streams a request's body into the store, as fast as it is taken.
 * @returns the object's link
 */
export async function writeObject(
  context: ApiContext,
  request: IncomingMessage,
  { name, mediaType, code }: WriteWish,
): Promise<string> {
  const options = { name, mediaType, ...codeOf(code) };
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
