import { readFileSync } from "node:fs";

/** The version of this package. */
export const VERSION: string = readVersion();

function readVersion(): string {
  const file = new URL("../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { readonly version: string }).version;
}
