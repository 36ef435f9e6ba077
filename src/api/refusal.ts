import type { IncomingMessage, ServerResponse } from "node:http";
import { utf8 } from "../base/bytes.ts";
import { TypedError } from "../base/errors.ts";
import { community } from "../money/index.ts";
import { DiskError, type Log } from "../ports/index.ts";
import { WireError } from "../wire/index.ts";
import type { ApiErrorCode } from "./contract.ts";
import { ApiError, statusOf } from "./errors.ts";
import { REFUSED_SENDING_MS } from "./limits.ts";
import { reasonOf } from "./room-reasons.ts";

/** Foreign errors become one of ours; a defect shows in the log, not to the caller. */
export function asApiError(error: unknown, log: Log): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof WireError)
    return new ApiError("bad-request", error.message, { cause: error });
  if (error instanceof DiskError) {
    const code = error.code === "full" ? "disk-full" : "internal";
    return said(code, error);
  }
  if (error instanceof community.CommunityRefusal) {
    const reason = error.refusal;
    return new ApiError(codeOf(error.code), error.message, { cause: error, reason });
  }
  if (error instanceof TypedError) return said(codeOf(error.code), error);
  log.warn("api call failed", {
    error: error instanceof Error ? (error.stack ?? "") : String(error),
  });
  return new ApiError("internal", "This call failed by a defect of Peernet; the log says more.");
}

function said(code: ApiErrorCode, error: TypedError): ApiError {
  const reason = reasonOf(error);
  return new ApiError(code, error.message, { cause: error, ...(reason && { reason }) });
}

/** Which words of the rooms' unions are which code here, first match first; else "bad-request". */
const CODES: readonly (readonly [RegExp, ApiErrorCode])[] = [
  [/^disk-full$/, "disk-full"],
  [/^bad-range$/, "bad-range"],
  [/^(disk|io|inconsistent|load-failed|broken)$/, "internal"],
  [/^too-(large|long)$/, "too-large"],
  [
    /^unknown-(contact|person|peer|feed|rule|device|request)$|^no-such-door$|not-found|not-here|missing/,
    "not-found",
  ],
  [
    /unreachable|no-way|not-enough|stalled|not-loaded|timeout|busy|full|closed|ended|too-many/,
    "unavailable",
  ],
  [
    /already|taken|exists|ambiguous|differ|key-changed|^(stopped|stale|limit|no-route|not-open|conflict|no-parent|not-folder|not-file)$/,
    "conflict",
  ],
  [
    /^(read-only|not-allowed|not-member|forked|not-senior|revoked|blocked|no-person-key)$/,
    "forbidden",
  ],
];

function codeOf(roomCode: string): ApiErrorCode {
  return CODES.find(([pattern]) => pattern.test(roomCode))?.[1] ?? "bad-request";
}

/** The JSON of an `ApiErrorBody`. */
export function errorJson(error: ApiError): string {
  const { code, message, reason } = error;
  return `${JSON.stringify({ error: { code, message, reason } })}\n`;
}

/**
 * Answers with an error. Where the caller is still sending, what comes is taken and forgotten for
 * a moment: closing at once would reset the connection and lose the answer (RFC 9112 section 9.6).
 */
export function refuse(request: IncomingMessage, response: ServerResponse, error: ApiError): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const text = errorJson(error);
  response.writeHead(statusOf(error.code), {
    "content-type": "application/json",
    "content-length": utf8(text).length,
    "cache-control": "no-store",
    connection: "close",
  });
  if (request.complete) {
    response.end(text);
    return;
  }
  response.write(text);
  const timer = setTimeout(() => request.destroy(), REFUSED_SENDING_MS);
  const end = (): void => {
    clearTimeout(timer);
    response.end();
  };
  request.removeAllListeners("data").once("end", end).once("close", end).resume();
}
