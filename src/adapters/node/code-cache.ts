import { createHash } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Script } from "node:vm";

/** Ends the name of the file with what V8 made of the one that it is named after. */
const CODE_ENDING = ".code";
const DIGEST_BYTES = 32;
/** As every module of the language is strict; on the first line, so that line numbers stay. */
const BEFORE = "(function (exports, require, module, __filename, __dirname) { 'use strict'; ";
const AFTER = "\n})";

/** What became of the code kept of a file. `other`: of another text or Node, or damaged; `refused`: V8 does not take it. */
export type KeptCode = "used" | "none" | "other" | "refused";

/** A file that was loaded. */
export interface LoadedFile {
  readonly file: string;
  readonly keptCode: KeptCode;
  /**
   * Keeps what V8 has made of it until now, for the next process with the same flags of V8.
   * @throws the system's error where it cannot be written; nothing is left of it then
   */
  keep(): void;
}

type Run = (
  exports: object,
  require: (id: string) => unknown,
  module: { exports: object },
  file: string,
  folder: string,
) => void;

/**
 * Loads programs bundled as CommonJS files of ASCII text, each with the code that V8 made of it before where that lies
 * beside it: most of the start of a peer is V8 reading what is there, and some of it is compiled again each time.
 * Kept code counts only for the same text, Node and kind of machine, so a stale one costs time and nothing else.
 */
export class BundleLoader {
  readonly #loaded = new Map<string, { exports: object }>();
  readonly #onLoaded: (loaded: LoadedFile) => void;

  /** @param onLoaded told of each file before it runs */
  constructor(onLoaded: (loaded: LoadedFile) => void = () => {}) {
    this.#onLoaded = onLoaded;
  }

  /**
   * What a file exports; it runs once. Ids that begin with `./` are files of the bundle, all others Node's to find.
   * @param file absolute path
   * @throws what reading or running it throws
   */
  load(file: string): object {
    const earlier = this.#loaded.get(file);
    if (earlier !== undefined) return earlier.exports;
    const module = { exports: {} };
    this.#loaded.set(file, module);
    try {
      this.#run(file, module);
    } catch (error) {
      // Half of it would be handed out as the whole the next time.
      this.#loaded.delete(file);
      throw error;
    }
    return module.exports;
  }

  #run(file: string, module: { exports: object }): void {
    const folder = dirname(file);
    const ofNode = createRequire(file);
    const ofBundle = (id: string): unknown =>
      id.startsWith("./") ? this.load(join(folder, id)) : ofNode(id);
    const run = this.#compile(file).runInThisContext() as Run;
    run.call(module.exports, module.exports, ofBundle, module, file, folder);
  }

  #compile(file: string): Script {
    const text = readFileSync(file);
    const kept = readKept(file);
    const code = kept?.subarray(DIGEST_BYTES);
    const isOurs =
      code !== undefined && kept?.subarray(0, DIGEST_BYTES).equals(digestOf(text, code));
    const source = BEFORE + text.toString("latin1") + AFTER;
    const script = new Script(source, {
      filename: file,
      ...(isOurs ? { cachedData: code } : {}),
    });
    const taken = script.cachedDataRejected === true ? "refused" : "used";
    this.#onLoaded({
      file,
      keptCode: code === undefined ? "none" : isOurs ? taken : "other",
      keep: () => {
        const made = script.createCachedData();
        writeKept(file, Buffer.concat([digestOf(text, made), made]));
      },
    });
    return script;
  }
}

/** V8 itself looks for its version and its flags, but at no more of the text than its length, and at nothing of the code. */
function digestOf(text: Uint8Array, code: Uint8Array): Buffer {
  const { version, platform, arch } = process;
  return createHash("sha256")
    .update(`${version} ${platform} ${arch} ${text.length}\n`)
    .update(text)
    .update(code)
    .digest();
}

function readKept(file: string): Buffer | undefined {
  try {
    return readFileSync(file + CODE_ENDING);
  } catch {
    return undefined;
  }
}

function writeKept(file: string, bytes: Uint8Array): void {
  const partial = `${file}${CODE_ENDING}.${process.pid}`;
  try {
    writeFileSync(partial, bytes);
    renameSync(partial, file + CODE_ENDING);
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
}
