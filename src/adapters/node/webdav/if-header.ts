import { DavError } from "./errors.ts";
import { IF_CONDITIONS_MAX } from "./limits.ts";

/** One condition of an If header: a lock's token or an entity tag with its quotes. */
export interface IfCondition {
  readonly not: boolean;
  readonly kind: "token" | "etag";
  readonly value: string;
}

/** Conditions that hold all together, about the request's own resource or a tagged one. */
export interface IfList {
  /** Address in angle brackets before the list, or undefined. */
  readonly tag: string | undefined;
  readonly conditions: readonly IfCondition[];
}

const TAG = /\s*<([^<>\s]+)>\s*(?=\()/y;
const OPEN = /\s*\(/y;
const CLOSE = /\s*\)/y;
const END = /\s*$/y;
const CONDITION = /\s*(?:(Not)\b\s*)?(?:<([^<>\s]+)>|\[((?:W\/)?"[^"]*")\])/iy;

function refuse(): never {
  throw new DavError("bad-request", "The If header is not understood.");
}

/**
 * Parses an If header (RFC 4918 section 10.4).
 * @throws DavError("bad-request")
 */
export function parseIf(text: string): readonly IfList[] {
  const reader = new IfReader(text);
  const lists: IfList[] = [];
  let tag: string | undefined;
  while (!reader.isAtEnd) {
    const next = reader.take(TAG)?.[1];
    if (next !== undefined && lists.length > 0 && tag === undefined) refuse();
    tag = next ?? tag;
    lists.push({ tag, conditions: reader.conditions() });
  }
  return lists.length > 0 ? lists : refuse();
}

class IfReader {
  readonly #text: string;
  #at = 0;
  #count = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.take(END) !== null;
  }

  take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    this.#at += found?.[0].length ?? 0;
    return found;
  }

  /** A list in parentheses. */
  conditions(): readonly IfCondition[] {
    if (this.take(OPEN) === null) refuse();
    const conditions: IfCondition[] = [];
    while (this.take(CLOSE) === null) {
      this.#count += 1;
      const [, not, token, etag] = this.take(CONDITION) ?? refuse();
      if (this.#count > IF_CONDITIONS_MAX) refuse();
      const kind = token === undefined ? "etag" : "token";
      conditions.push({ not: not !== undefined, kind, value: token ?? etag ?? "" });
    }
    return conditions.length > 0 ? conditions : refuse();
  }
}

/** All tokens that an If header submits, whatever becomes of its conditions. */
export function submittedTokens(lists: readonly IfList[]): ReadonlySet<string> {
  const conditions = lists.flatMap((list) => list.conditions);
  return new Set(
    conditions.filter((one) => one.kind === "token" && !one.not).map((one) => one.value),
  );
}
