import type { DiskError } from "../ports/index.ts";
import { StoreError } from "./errors.ts";

/** A disk error in the words of the store. */
export function storeErrorOf(error: DiskError): StoreError {
  if (error.code === "full") {
    return new StoreError(
      "disk-full",
      "The disk of this computer is full. Please free some space and try again.",
      { cause: error },
    );
  }
  return new StoreError(
    "disk",
    "The disk of this computer did not take or give the data. Please check it and try again.",
    { cause: error },
  );
}
