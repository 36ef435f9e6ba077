import { utf8 } from "../base/bytes.ts";
import { WireError } from "./errors.ts";

/** Checks an unknown value and gives it its type. @throws WireError naming the member at fault */
export type Schema<T> = (value: unknown, path: string) => T;

/** The type that a schema yields. */
export type Infer<S> = S extends Schema<infer T> ? T : never;

function refuse(code: "wrong-type" | "out-of-range", path: string, expected: string): never {
  throw new WireError(code, `${path} should be ${expected}.`);
}

/** Bytes of exactly `length`, or of `min` … `max`. */
export function bytes(min: number, max: number = min): Schema<Uint8Array> {
  return (value, path) => {
    if (!(value instanceof Uint8Array)) refuse("wrong-type", path, "bytes");
    if (value.length < min || value.length > max) {
      refuse("out-of-range", path, min === max ? `${min} bytes` : `${min} to ${max} bytes`);
    }
    return value;
  };
}

/** Text of at most `maxBytes` in UTF-8. */
export function text(maxBytes: number): Schema<string> {
  return (value, path) => {
    if (typeof value !== "string") refuse("wrong-type", path, "a text");
    if (value.length > maxBytes || utf8(value).length > maxBytes) {
      refuse("out-of-range", path, `at most ${maxBytes} bytes of text`);
    }
    return value;
  };
}

/** An integer of `min` … `max`. */
export function integer(min: number, max: number): Schema<number> {
  return (value, path) => {
    if (typeof value !== "number" || !Number.isSafeInteger(value)) {
      refuse("wrong-type", path, "an integer");
    }
    if (value < min || value > max) refuse("out-of-range", path, `${min} to ${max}`);
    return value;
  };
}

/** True or false. */
export const boolean: Schema<boolean> = (value, path) =>
  typeof value === "boolean" ? value : refuse("wrong-type", path, "true or false");

/** Exactly this text or number: a tag of a union, a version. */
export function literal<const T extends string | number>(expected: T): Schema<T> {
  return (value, path) => {
    if (value !== expected) refuse("out-of-range", path, `'${expected}'`);
    return expected;
  };
}

/** One of these texts. */
export function oneOf<const T extends string>(...options: readonly T[]): Schema<T> {
  return (value, path) => {
    const found = options.find((option) => option === value);
    return found ?? refuse("out-of-range", path, options.join(" or "));
  };
}

/** An array of at most `maxItems`. */
export function list<T>(item: Schema<T>, maxItems: number): Schema<T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) refuse("wrong-type", path, "a list");
    if (value.length > maxItems) refuse("out-of-range", path, `at most ${maxItems} items`);
    return value.map((member, index) => item(member, `${path}[${index}]`));
  };
}

/** Marks a member that may be absent. */
export interface Optional<T> {
  readonly optional: Schema<T>;
}

/** A member of a record that may be absent. */
export function optional<T>(schema: Schema<T>): Optional<T> {
  return { optional: schema };
}

type Shape = Readonly<Record<string, Schema<unknown> | Optional<unknown>>>;

/** The type of a record with these members. */
export type RecordOf<S extends Shape> = {
  [K in keyof S as S[K] extends Optional<unknown> ? never : K]: S[K] extends Schema<infer T>
    ? T
    : never;
} & {
  [K in keyof S as S[K] extends Optional<unknown> ? K : never]?: S[K] extends Optional<infer T>
    ? T
    : never;
};

/** A map with exactly these members; anything else in it is refused. */
export function record<S extends Shape>(shape: S): Schema<RecordOf<S>> {
  const names = new Set(Object.keys(shape));
  const members = Object.entries(shape);
  return (value, path) => {
    const map = asMap(value, path);
    for (const name of Object.keys(map)) {
      if (!names.has(name)) refuse("out-of-range", `${path}.${name}`, "absent");
    }
    const found: Record<string, unknown> = {};
    for (const [name, schema] of members) {
      // Own members only: a missing "constructor" must not be found on Object.prototype.
      const member = Object.hasOwn(map, name) ? map[name] : undefined;
      if (typeof schema === "function") found[name] = schema(member, `${path}.${name}`);
      else if (member !== undefined) found[name] = schema.optional(member, `${path}.${name}`);
    }
    return found as RecordOf<S>;
  };
}

function asMap(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    if (!(value instanceof Uint8Array)) return value as Readonly<Record<string, unknown>>;
  }
  refuse("wrong-type", path, "a map");
}

/** One of several shapes, told apart by the member `t`. */
export function union<const U extends Readonly<Record<string, Schema<{ readonly t: string }>>>>(
  shapes: U,
): Schema<Infer<U[keyof U]>> {
  return (value, path) => {
    const tag = (value as { readonly t?: unknown } | null)?.t;
    const schema = typeof tag === "string" && Object.hasOwn(shapes, tag) ? shapes[tag] : undefined;
    if (schema === undefined) {
      throw new WireError(
        "out-of-range",
        `${path}.t is none of ${Object.keys(shapes).join(", ")}.`,
      );
    }
    return schema(value, path) as Infer<U[keyof U]>;
  };
}
