import { ApiError } from "./errors.ts";
import { WAITING_CALLS_MAX } from "./limits.ts";

let waiting = 0;

/**
 * Waits for a callback of the peer; bounded in number.
 * @throws ApiError("unavailable") above WAITING_CALLS_MAX, and whatever the callback fails with
 */
export async function ask<T>(
  start: (resolve: (value: T) => void, reject: (error: unknown) => void) => void,
): Promise<T> {
  if (waiting >= WAITING_CALLS_MAX) {
    throw new ApiError(
      "unavailable",
      "Too many calls wait for other peers. Try again in a moment.",
    );
  }
  waiting++;
  try {
    return await new Promise<T>(start);
  } finally {
    waiting--;
  }
}

/** The usual ending of a callback: an error, or a value that is there. */
export function settle<T>(
  resolve: (value: T) => void,
  reject: (error: unknown) => void,
): (error: unknown, value: T | undefined) => void {
  return (error, value) => {
    if ((error === null || error === undefined) && value !== undefined) resolve(value);
    else reject(error);
  };
}

/** The ending of a callback that carries no value. */
export function settleDone(
  resolve: () => void,
  reject: (error: unknown) => void,
): (error: unknown) => void {
  return (error) => {
    if (error === null || error === undefined) resolve();
    else reject(error);
  };
}
