import type { IncomingMessage } from "node:http";
import { concatBytes, fromUtf8 } from "../base/bytes.ts";
import type { Schema } from "../wire/schema.ts";
import { ApiError } from "./errors.ts";
import { JSON_BODY_BYTES_MAX } from "./limits.ts";

/** `application/json`, with parameters or without (RFC 9110 section 8.3.1). */
const JSON_TYPE = /^application\/json *(;|$)/i;

/**
 * Reads and checks a JSON body.
 * @param timeoutMs how long the whole body may take
 * @throws ApiError("too-large" | "too-slow" | "bad-request"), WireError where a member is wrong
 */
export async function readJson<T>(
  request: IncomingMessage,
  schema: Schema<T>,
  timeoutMs: number,
): Promise<T> {
  if (!JSON_TYPE.test(request.headers["content-type"] ?? "")) {
    throw new ApiError("bad-request", "Send the body as application/json.");
  }
  const text = fromUtf8(await readBytes(request, timeoutMs, JSON_BODY_BYTES_MAX));
  return schema(parseJson(text), "body");
}

/**
 * Reads a body that fits into memory.
 * @param timeoutMs how long the whole body may take
 * @throws ApiError("too-large" | "too-slow" | "bad-request")
 */
export function readBytes(
  request: IncomingMessage,
  timeoutMs: number,
  bytesMax: number,
): Promise<Uint8Array> {
  // With listeners: leaving an async iterator early would end the connection unanswered.
  return new Promise((resolve, reject) => {
    const parts: Uint8Array[] = [];
    let length = 0;
    const stop = (): void => {
      clearTimeout(timer);
      request.off("data", take).off("end", finish).off("close", breakOff);
    };
    const refuse = (code: "too-large" | "too-slow" | "bad-request", message: string): void => {
      stop();
      reject(new ApiError(code, message));
    };
    const take = (part: Uint8Array): void => {
      length += part.length;
      parts.push(part);
      if (length > bytesMax) {
        refuse("too-large", `The body is above ${bytesMax} bytes.`);
      }
    };
    const finish = (): void => {
      stop();
      resolve(concatBytes(...parts));
    };
    const breakOff = (): void => refuse("bad-request", "The body ended before its end.");
    const timer = setTimeout(
      () => refuse("too-slow", `The body was not there after ${timeoutMs} ms.`),
      timeoutMs,
    );
    request.on("data", take).on("end", finish).on("close", breakOff);
  });
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch (cause) {
    throw new ApiError("bad-request", "The body is not JSON.", { cause });
  }
}
