import { TypedError } from "../base/errors.ts";

/**
 * Why the store could not do what it was asked. Of a read, `not-enough-fragments` says that too
 * few are within reach, `stalled` that enough would be, but peers that have some fell silent.
 */
export type StoreErrorCode =
  | "not-enough-fragments"
  | "stalled"
  | "disk-full"
  | "disk"
  | "bad-link"
  | "wrong-key"
  | "inconsistent"
  | "bad-code"
  | "bad-layers"
  | "bad-range"
  | "too-large"
  | "bad-name"
  | "busy"
  | "not-loaded"
  | "not-here"
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
  /** Present with `not-enough-fragments` and `stalled`. */
  readonly counts: FragmentCounts | undefined;

  /**
   * @param code one word of the union
   * @param message what happened and what to do next
   * @param options `counts` for the two of a read; `cause` for what led here
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
