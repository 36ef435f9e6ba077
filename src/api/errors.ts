import { TypedError } from "../base/errors.ts";
import type { ApiErrorCode } from "./contract.ts";
import type { ApiReasonBody } from "./contract-reasons.ts";

/** A call that could not be answered; becomes an `ApiErrorBody` with the fitting status. */
export class ApiError extends TypedError<ApiErrorCode> {
  override readonly name = "ApiError";
  /** The message as a code with what it is about, where there is one. */
  readonly reason: ApiReasonBody | undefined;

  constructor(
    code: ApiErrorCode,
    message: string,
    options?: { readonly cause?: unknown; readonly reason?: ApiReasonBody },
  ) {
    super(code, message, options);
    this.reason = options?.reason;
  }
}

const STATUS: Readonly<Record<ApiErrorCode, number>> = {
  unauthorized: 401,
  forbidden: 403,
  "not-found": 404,
  "bad-request": 400,
  "bad-method": 405,
  "bad-range": 416,
  "too-slow": 408,
  "too-large": 413,
  conflict: 409,
  unavailable: 503,
  "disk-full": 507,
  timeout: 504,
  internal: 500,
};

/** The HTTP status of an error code (RFC 9110). */
export function statusOf(code: ApiErrorCode): number {
  return STATUS[code];
}
