import { TypedError } from "../../../base/errors.ts";

/** Why a WebDAV request is refused; each stands for one status. */
export type DavErrorCode =
  | "bad-request"
  | "unauthorized"
  | "forbidden"
  | "not-found"
  | "bad-method"
  | "too-slow"
  | "conflict"
  | "precondition"
  | "too-large"
  | "too-long"
  | "bad-body"
  | "bad-range"
  | "locked"
  | "too-many-headers"
  | "internal"
  | "elsewhere"
  | "unavailable"
  | "full";

const STATUS: Readonly<Record<DavErrorCode, number>> = {
  "bad-request": 400,
  unauthorized: 401,
  forbidden: 403,
  "not-found": 404,
  "bad-method": 405,
  "too-slow": 408,
  conflict: 409,
  precondition: 412,
  "too-large": 413,
  "too-long": 414,
  "bad-body": 415,
  "bad-range": 416,
  locked: 423,
  "too-many-headers": 431,
  internal: 500,
  elsewhere: 502,
  unavailable: 503,
  full: 507,
};

/** A WebDAV request that is refused. */
export class DavError extends TypedError<DavErrorCode> {
  override readonly name = "DavError";
  /** Element of the DAV: namespace that tells programs more (RFC 4918 section 16), or "". */
  readonly condition: string;
  /** Address that the condition speaks of, or "". */
  readonly href: string;

  /** @param condition such as "propfind-finite-depth", with the address it speaks of */
  constructor(
    code: DavErrorCode,
    message: string,
    condition = "",
    href = "",
    options?: { readonly cause?: unknown },
  ) {
    super(code, message, options);
    this.condition = condition;
    this.href = href;
  }

  /** HTTP status (RFC 9110, RFC 4918 section 11). */
  get status(): number {
    return STATUS[this.code];
  }
}
