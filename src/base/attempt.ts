import { TypedError } from "./errors.ts";

/** What came of something that may be refused: a value, or the refusal. */
export type Attempt<T> =
  | { readonly value: T; readonly refusal: undefined }
  | { readonly value: undefined; readonly refusal: TypedError };

/**
 * Does what may be refused, and tells a refusal from a value, so that a record that cannot be read is
 * not taken for one that is not there. Defects of our own go on.
 * @throws whatever is no TypedError
 */
export function attempt<T>(act: () => T): Attempt<T> {
  try {
    return { value: act(), refusal: undefined };
  } catch (error) {
    if (!(error instanceof TypedError)) throw error;
    return { value: undefined, refusal: error };
  }
}

/**
 * What can be read of many records, in their order; the others are left out.
 * @param read throws a TypedError for one that is damaged
 */
export function readableOf<T, R>(records: readonly T[], read: (record: T) => R): R[] {
  return records.flatMap((record) => {
    const { value, refusal } = attempt(() => [read(record)]);
    return refusal === undefined ? value : [];
  });
}
