import { TypedError } from "../../base/errors.ts";

/** What stood in the way between Peernet and this machine; the message says what to do next. */
export class AdapterError extends TypedError<
  | "port-in-use"
  | "no-permission"
  | "bad-endpoint"
  | "bad-config"
  | "bad-identity"
  | "newer-format"
  | "home-in-use"
  | "unsupported"
  | "tun-busy"
  | "refused"
  | "io"
> {
  override readonly name = "AdapterError";
}

/** The code of a system error such as "ENOSPC", or "" where it carries none. */
export function systemCode(error: unknown): string {
  if (typeof error !== "object" || error === null || !("code" in error)) return "";
  return typeof error.code === "string" ? error.code : "";
}

/** The text of whatever was thrown. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
