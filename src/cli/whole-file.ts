import { open, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { syncDirectory } from "../adapters/node/sync-directory.ts";

/**
 * Writes a small file that only its owner may read, as a whole: where it cannot be written, one of
 * that name from before stays as it was. When this is done it is on the disk or stick, which may
 * be pulled out. What is no plain file, such as a pipe, is written as it stands.
 * @throws the error of the system
 */
export async function writeWholeFile(path: string, content: string | Uint8Array): Promise<void> {
  // A symbolic link stays one.
  const target = await realpath(path).catch(() => path);
  const there = await stat(target).catch(() => undefined);
  if (there !== undefined && !there.isFile()) return writeFile(target, content);
  const partial = `${target}.partial`;
  // Of a run that was killed; it may be open to others.
  await rm(partial, { force: true });
  const handle = await open(partial, "wx", 0o600);
  try {
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(partial, target);
  } catch (cause) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw cause;
  }
  // Some file systems of sticks know no such call; the file itself is there.
  await syncDirectory(dirname(target)).catch(() => undefined);
}
