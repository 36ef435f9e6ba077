import { readFileSync } from "node:fs";
import { PACKAGE_FILE } from "./places.ts";

/** The version of this package. */
export const VERSION: string = readVersion();

function readVersion(): string {
  return (JSON.parse(readFileSync(PACKAGE_FILE, "utf8")) as { readonly version: string }).version;
}
