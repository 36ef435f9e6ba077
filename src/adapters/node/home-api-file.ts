import { join } from "node:path";
import { systemCode } from "./errors.ts";
import { parseObject, readSmall } from "./home-files.ts";

/** How programs on this machine talk to the running peer. */
export interface ApiFile {
  readonly url: string;
  readonly token: string;
  readonly pid: number;
}

/**
 * Where the API of the peer running on this home is, or undefined where none runs.
 * @throws AdapterError("io") where the file is there but cannot be read
 */
export async function readApiFile(directory: string): Promise<ApiFile | undefined> {
  const text = await readSmall(join(directory, "api.json"));
  const found = text === undefined ? undefined : parseObject(text);
  if (found === undefined) return undefined;
  const { url, token, pid } = found as Readonly<Record<keyof ApiFile, unknown>>;
  if (typeof url !== "string" || typeof token !== "string") return undefined;
  if (typeof pid !== "number" || !isAlive(pid)) return undefined;
  return { url, token, pid };
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // There, but somebody else's.
    return systemCode(error) === "EPERM";
  }
}
