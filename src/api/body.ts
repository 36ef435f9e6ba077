import type { IncomingMessage } from "node:http";
import { concatBytes, fromUtf8 } from "../base/bytes.ts";
import type { Schema } from "../wire/schema.ts";
import { ApiError } from "./errors.ts";
import { JSON_BODY_BYTES_MAX } from "./limits.ts";

/**
 * Reads and checks a JSON body.
 * @throws ApiError("too-large" | "bad-request"), WireError where a member is wrong
 */
export async function readJson<T>(request: IncomingMessage, schema: Schema<T>): Promise<T> {
  const type = request.headers["content-type"] ?? "";
  if (!type.startsWith("application/json")) {
    throw new ApiError("bad-request", "Send the body as application/json.");
  }
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Uint8Array>) {
    length += part.length;
    if (length > JSON_BODY_BYTES_MAX) {
      throw new ApiError("too-large", `The body is above ${JSON_BODY_BYTES_MAX} bytes.`);
    }
    parts.push(part);
  }
  return schema(parseJson(fromUtf8(concatBytes(...parts))), "body");
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch (cause) {
    throw new ApiError("bad-request", "The body is not JSON.", { cause });
  }
}
