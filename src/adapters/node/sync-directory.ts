import { open } from "node:fs/promises";

/** Makes the names in a directory durable; a system that cannot (Windows) does so by itself. */
export async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
