import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { utf8 } from "../../base/bytes.ts";
import { ApiError } from "../errors.ts";
import { LAN_BROWSERS_MAX, LAN_CODE_LIFE_MS, LAN_CODES_MAX } from "../limits.ts";

/** A paired browser as it is kept: its token itself is with the browser alone. */
export interface KeptBrowser {
  readonly id: string;
  readonly name: string;
  /** SHA-256 of its token, hexadecimal. */
  readonly hash: string;
  /** Runs on the peer's own machine: its token is good there, and there alone. */
  readonly isHere: boolean;
  readonly addedAtMs: number;
  readonly seenAtMs: number;
}

const CODE_BYTES = 16;
const TOKEN_BYTES = 32;
const ID_BYTES = 8;

/** Browsers that were paired, and codes by which one more can be. */
export class PairedBrowsers {
  readonly #nowMs: () => number;
  readonly #byHash = new Map<string, KeptBrowser>();
  /** Codes that are good, with when they end; the oldest first. */
  readonly #codes = new Map<string, number>();

  /** @param nowMs wall time in milliseconds */
  constructor(nowMs: () => number, kept: readonly KeptBrowser[]) {
    this.#nowMs = nowMs;
    for (const browser of kept.slice(0, LAN_BROWSERS_MAX)) this.#byHash.set(browser.hash, browser);
  }

  /** All of them, in the order in which they were paired. */
  list(): readonly KeptBrowser[] {
    return [...this.#byHash.values()];
  }

  /** A new code, which pairs one browser. */
  makeCode(): { readonly code: string; readonly expiresAtMs: number } {
    const code = randomBytes(CODE_BYTES).toString("base64url");
    const expiresAtMs = this.#nowMs() + LAN_CODE_LIFE_MS;
    this.#codes.set(code, expiresAtMs);
    for (const oldest of this.#codes.keys()) {
      if (this.#codes.size <= LAN_CODES_MAX) break;
      this.#codes.delete(oldest);
    }
    return { code, expiresAtMs };
  }

  /**
   * A browser that shows a code becomes a paired one.
   * @throws ApiError "unauthorized" where the code is not good, "conflict" above LAN_BROWSERS_MAX
   */
  pair(code: string, name: string): { readonly token: string; readonly browser: KeptBrowser } {
    const endsAtMs = this.#codes.get(this.#codeLike(code) ?? "");
    if (endsAtMs === undefined || endsAtMs <= this.#nowMs()) {
      throw new ApiError(
        "unauthorized",
        "This code is not good any more. Show a new one at the peer: 'peernet console --lan', or in its settings.",
      );
    }
    const added = this.add(name, false);
    this.#codes.delete(code);
    return added;
  }

  /**
   * One more browser, with a token of its own.
   * @throws ApiError("conflict") above LAN_BROWSERS_MAX
   */
  add(name: string, isHere: boolean): { readonly token: string; readonly browser: KeptBrowser } {
    if (this.#byHash.size >= LAN_BROWSERS_MAX) {
      throw new ApiError(
        "conflict",
        `${LAN_BROWSERS_MAX} browsers are paired already. Remove one in the peer's settings.`,
      );
    }
    const token = randomBytes(TOKEN_BYTES).toString("base64url");
    const nowMs = this.#nowMs();
    const browser: KeptBrowser = {
      ...{ id: randomBytes(ID_BYTES).toString("hex"), name, hash: hashOf(token), isHere },
      ...{ addedAtMs: nowMs, seenAtMs: nowMs },
    };
    this.#byHash.set(browser.hash, browser);
    return { token, browser };
  }

  /** The browser there whose token this is; when it was seen is noted. */
  find(token: string, isHere: boolean): KeptBrowser | undefined {
    // What is looked up is a hash: how long that takes says nothing about any token.
    const known = this.#byHash.get(hashOf(token));
    if (known?.isHere !== isHere) return undefined;
    const seen = { ...known, seenAtMs: Math.max(known.seenAtMs, this.#nowMs()) };
    this.#byHash.set(seen.hash, seen);
    return seen;
  }

  /** Takes a browser's token back. @returns whether there was such a browser */
  remove(id: string): boolean {
    const found = this.list().find((browser) => browser.id === id);
    return found !== undefined && this.#byHash.delete(found.hash);
  }

  /** The code that is known and equal, compared in constant time. */
  #codeLike(code: string): string | undefined {
    const given = utf8(code);
    let found: string | undefined;
    for (const known of this.#codes.keys()) {
      const bytes = utf8(known);
      if (bytes.length === given.length && timingSafeEqual(bytes, given)) found = known;
    }
    return found;
  }
}

function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
