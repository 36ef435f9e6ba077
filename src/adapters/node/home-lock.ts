import { access, constants, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { errorText, systemCode } from "./errors.ts";
import { homeIoError } from "./home-files.ts";

/** A lock that the operating system lets go of when its process ends, however it ends. */
export interface HomeLock {
  release(): Promise<void>;
}

/** Whether somebody else holds the lock of a level database. */
function isHeld(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return systemCode(cause) === "LEVEL_LOCKED";
}

async function tryLock(directory: string): Promise<HomeLock | Error> {
  const { ClassicLevel } = await import("classic-level");
  const level = new ClassicLevel(directory);
  try {
    await level.open();
    return { release: () => level.close() };
  } catch (error) {
    await level.close().catch(() => undefined);
    return error instanceof Error ? error : new Error(errorText(error));
  }
}

/**
 * Takes the exclusive lock kept in `directory`, or answers undefined where another process (or
 * this one) has it. Node has no file locks of its own; an empty level database does: its lock is
 * the kernel's, so neither a killed owner nor a reused process id can fool it.
 * @throws AdapterError("io")
 */
export async function takeLock(directory: string): Promise<HomeLock | undefined> {
  const first = await tryLock(directory);
  if (!(first instanceof Error)) return first;
  if (isHeld(first)) return undefined;
  // There is nothing in it to lose: a database that a crash has damaged is simply made anew.
  await rm(directory, { recursive: true, force: true }).catch(() => undefined);
  const second = await tryLock(directory);
  if (!(second instanceof Error)) return second;
  if (isHeld(second)) return undefined;
  // The database says of a disk that can only be read that nothing is there.
  const cause: unknown = await access(dirname(directory), constants.W_OK).then(
    () => second.cause ?? second,
    (error: unknown) => error,
  );
  throw homeIoError("Locking", directory, cause);
}
