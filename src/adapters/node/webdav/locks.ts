import { DavError } from "./errors.ts";
import { LOCK_TIMEOUT_MS_MAX, LOCKS_MAX } from "./limits.ts";
import { isWithin, parentOf } from "./paths.ts";

/** What a lock is to be. */
export interface LockWish {
  readonly path: string;
  readonly isDeep: boolean;
  readonly isShared: boolean;
  /** XML of the owner element as the client wrote it, or "". */
  readonly ownerXml: string;
  /** How long it should hold; cut to the longest that is granted. */
  readonly timeoutMs: number;
}

/** A write lock (RFC 4918 section 7). */
export interface Lock extends LockWish {
  /** A URN of RFC 4122. */
  readonly token: string;
  /** Monotonic time at which it ends. */
  readonly expiresAtMs: number;
}

/** The locks of one mount. They live in memory: a restart ends them. */
export class LockTable {
  readonly #byToken = new Map<string, Lock>();
  readonly #nowMs: () => number;
  readonly #newToken: () => string;

  /** @param newToken makes a URN that nobody has used */
  constructor(nowMs: () => number, newToken: () => string) {
    this.#nowMs = nowMs;
    this.#newToken = newToken;
  }

  /**
   * Locks a path.
   * @throws DavError("locked" | "unavailable")
   */
  add(wish: LockWish): Lock {
    const rivals = this.#all().filter((lock) => overlaps(lock, wish));
    const rival = rivals.find((lock) => !(lock.isShared && wish.isShared));
    if (rival !== undefined) throw lockedBy(rival, "no-conflicting-lock");
    if (this.#byToken.size >= LOCKS_MAX) {
      throw new DavError("unavailable", `There are ${LOCKS_MAX} locks already. Unlock some.`);
    }
    return this.#keep({ ...wish, token: this.#newToken() });
  }

  /** Makes the lock hold for longer; undefined where no such lock covers the path. */
  refresh(tokens: ReadonlySet<string>, path: string, timeoutMs: number): Lock | undefined {
    const lock = this.covering(path).find((one) => tokens.has(one.token));
    return lock && this.#keep({ ...lock, timeoutMs });
  }

  /** Ends a lock; false where no such lock covers the path. */
  remove(token: string, path: string): boolean {
    return this.covers(token, path) && this.#byToken.delete(token);
  }

  /** Locks that protect the content of a path. */
  covering(path: string): readonly Lock[] {
    return this.#all().filter((lock) => doesCover(lock, path));
  }

  /** Whether the lock with this token covers the path. */
  covers(token: string, path: string): boolean {
    return this.covering(path).some((lock) => lock.token === token);
  }

  /**
   * Checks that tokens have been shown for all locks that stand against changing a path.
   * @param scope "content": of a file, or properties; "member": it comes or goes; "tree": it goes with all in it
   * @throws DavError("locked")
   */
  checkChange(
    path: string,
    scope: "content" | "member" | "tree",
    tokens: ReadonlySet<string>,
  ): void {
    this.#checkShown(this.covering(path), tokens);
    if (scope === "content") return;
    const parent = parentOf(path);
    if (parent !== undefined) this.#checkShown(this.covering(parent), tokens);
    if (scope !== "tree") return;
    const inside = this.#all().filter((lock) => isWithin(lock.path, path));
    for (const place of new Set(inside.map((lock) => lock.path))) {
      this.#checkShown(
        inside.filter((lock) => lock.path === place),
        tokens,
      );
    }
  }

  /** Ends all locks on what is no longer there. */
  forget(path: string): void {
    for (const lock of this.#all()) if (isWithin(lock.path, path)) this.#byToken.delete(lock.token);
  }

  /** Milliseconds that a lock still holds. */
  remainingMs(lock: Lock): number {
    return Math.max(0, lock.expiresAtMs - this.#nowMs());
  }

  /** One token is enough where several shared locks stand. */
  #checkShown(locks: readonly Lock[], tokens: ReadonlySet<string>): void {
    const [first] = locks;
    if (first === undefined || locks.some((lock) => tokens.has(lock.token))) return;
    throw lockedBy(first, "lock-token-submitted");
  }

  #all(): readonly Lock[] {
    const nowMs = this.#nowMs();
    for (const lock of this.#byToken.values()) {
      if (lock.expiresAtMs <= nowMs) this.#byToken.delete(lock.token);
    }
    return [...this.#byToken.values()];
  }

  #keep(lock: LockWish & { readonly token: string }): Lock {
    const timeoutMs = Math.min(lock.timeoutMs, LOCK_TIMEOUT_MS_MAX);
    const kept: Lock = { ...lock, timeoutMs, expiresAtMs: this.#nowMs() + timeoutMs };
    this.#byToken.set(kept.token, kept);
    return kept;
  }
}

function doesCover(lock: Lock, path: string): boolean {
  return lock.path === path || (lock.isDeep && isWithin(path, lock.path));
}

function overlaps(lock: Lock, wish: LockWish): boolean {
  return doesCover(lock, wish.path) || (wish.isDeep && isWithin(lock.path, wish.path));
}

function lockedBy(lock: Lock, condition: string): DavError {
  const words = "It is locked by another program. Close it there, or wait for the lock to end.";
  return new DavError("locked", words, condition, lock.path);
}
