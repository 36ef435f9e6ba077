import { TypedError } from "../base/errors.ts";

/** Why the store could not do what it was asked. */
export type StoreErrorCode =
  | "not-enough-fragments"
  | "disk-full"
  | "disk"
  | "bad-link"
  | "wrong-key"
  | "inconsistent"
  | "bad-code"
  | "too-large"
  | "bad-name"
  | "busy"
  | "not-loaded"
  | "ended";

/** How many fragments were found, and how many it takes. */
export interface FragmentCounts {
  readonly found: number;
  /** 0 where nobody could tell. */
  readonly needed: number;
}

/** The one error of the store room. */
export class StoreError extends TypedError<StoreErrorCode> {
  override readonly name = "StoreError";
  /** Present with `not-enough-fragments`. */
  readonly counts: FragmentCounts | undefined;

  /**
   * @param code one word of the union
   * @param message what happened and what to do next
   * @param options `counts` for `not-enough-fragments`; `cause` for what led here
   */
  constructor(
    code: StoreErrorCode,
    message: string,
    options: { readonly counts?: FragmentCounts; readonly cause?: unknown } = {},
  ) {
    super(code, message, options);
    this.counts = options.counts;
  }
}
