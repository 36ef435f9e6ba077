import { existsSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { domainToASCII } from "node:url";
import { type HostName, withNames, withoutNames } from "./hosts-text.ts";
import { HOSTS_FILE_BYTES_MAX } from "./limits.ts";

/** Where Unix keeps names of hosts that every program knows. */
export const HOSTS_FILE = "/etc/hosts";

/**
 * A block of names in a hosts file. The file is written in place, as it may be mounted by itself,
 * and never before the first byte that changes: other lines are not touched.
 */
export class HostsFile {
  readonly #path: string;
  readonly #tag: string;
  #last: Promise<void> = Promise.resolve();

  /** @param tag name of the interface that the names lead to */
  constructor(path: string, tag: string) {
    this.#path = path;
    this.#tag = tag;
  }

  /** Lists these names and no others of this interface; rejects with the system's error. */
  set(names: readonly HostName[]): Promise<void> {
    const listed = names.flatMap(spellings);
    return this.#then((text) => withNames(text, this.#tag, listed));
  }

  /** Removes our names. */
  clear(): Promise<void> {
    return this.#then((text) => withoutNames(text, (tag) => tag === this.#tag));
  }

  /** One after another, so that no change is lost. */
  #then(change: (text: string) => string): Promise<void> {
    const done = this.#last.then(() => edit(this.#path, change));
    this.#last = done.catch(() => undefined);
    return done;
  }
}

/**
 * Removes what peers that were killed have left behind: names that lead to an interface that is
 * there no more.
 */
export async function clearLeftNames(
  path: string = HOSTS_FILE,
  isThere: (name: string) => boolean = (name) => existsSync(`/sys/class/net/${name}`),
): Promise<void> {
  // Who may not write there has left nothing behind.
  await edit(path, (text) => withoutNames(text, (tag) => !isThere(tag))).catch(() => undefined);
}

/** A name with letters beyond a to z is listed as it is and as browsers send it. */
function spellings({ address, name }: HostName): readonly HostName[] {
  const sent = domainToASCII(name);
  const bytes = Buffer.from(name, "utf8").toString("latin1");
  const own = { address, name: bytes };
  return sent === "" || sent === name ? [own] : [own, { address, name: sent }];
}

async function edit(path: string, change: (text: string) => string): Promise<void> {
  // Latin-1 maps each byte to a character and back, whatever the file is written in.
  const reading = await open(path, "r");
  const text = await read(reading).finally(() => reading.close());
  const next = change(text);
  if (next === text) return;
  const file = await open(path, "r+");
  try {
    await replaceTail(file, text, next);
  } finally {
    await file.close();
  }
}

async function read(file: FileHandle): Promise<string> {
  const { size } = await file.stat();
  if (size > HOSTS_FILE_BYTES_MAX) {
    throw Object.assign(new RangeError("too large to be edited"), { code: "EFBIG" });
  }
  return file.readFile("latin1");
}

async function replaceTail(file: FileHandle, old: string, next: string): Promise<void> {
  let same = 0;
  while (same < old.length && same < next.length && old[same] === next[same]) same++;
  const others = withoutNames(old, () => true);
  // Cut first where nothing but our own lines can be lost by a crash in between.
  if (same >= others.length) await file.truncate(same);
  try {
    await writeAt(file, same, next.slice(same));
  } catch (error) {
    await writeAt(file, same, old.slice(same)).catch(() => undefined);
    await file.truncate(old.length).catch(() => undefined);
    throw error;
  }
  await file.truncate(next.length);
  await file.sync().catch(() => undefined);
}

async function writeAt(file: FileHandle, start: number, text: string): Promise<void> {
  const bytes = Buffer.from(text, "latin1");
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, start + done);
    done += bytesWritten;
  }
}
