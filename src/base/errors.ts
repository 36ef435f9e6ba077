/**
 * The root of every error that Peernet throws on purpose. Each room has one subclass whose
 * `code` is a closed union, so a caller can switch over what may go wrong.
 */
export abstract class TypedError<Code extends string = string> extends Error {
  abstract override readonly name: string;
  /** What went wrong, one word of the room's own union. */
  readonly code: Code;

  /**
   * @param code one word of the room's union
   * @param message what happened and, where a person reads it, what to do next
   * @param options `cause` carries the foreign error that led here
   */
  constructor(code: Code, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/**
 * A broken promise between two pieces of our own code. Not a TypedError: whoever catches the
 * refusals of a room must not swallow its defects with them.
 */
export class AssertionError extends Error {
  override readonly name = "AssertionError";
  /** Always "assertion". */
  readonly code = "assertion";
}

/**
 * Checks an invariant; stays on in production.
 * @throws AssertionError when `condition` is false
 */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/**
 * The value, which our own code knows to be there.
 * @throws AssertionError when it is undefined or null
 */
export function must<T>(value: T | undefined | null, message: string): T {
  if (value === undefined || value === null) throw new AssertionError(message);
  return value;
}
