import type { PeerId } from "../identity/index.ts";
import type { DiskError, RecordStore } from "../ports/index.ts";
import { schema } from "../wire/index.ts";
import { GatewayError } from "./errors.ts";
import { type Form, Kept } from "./kept.ts";
import { LABEL_BYTES_MAX, RULES_MAX } from "./limits.ts";
import type { Membership, People, Protocol, Who } from "./types.ts";
import { isLabel, isMeant, whoKey, whoSchema } from "./who.ts";

const PORT_MAX = 65_535;

/** What a rule opens or closes. */
export type Reach =
  | { readonly t: "all" }
  | { readonly t: "port"; readonly port: number }
  | { readonly t: "service"; readonly name: string };

/** One rule: who may, or may not, reach what of this machine. */
export interface AccessRule {
  readonly verdict: "allow" | "deny";
  readonly who: Who;
  readonly protocol: Protocol | "any";
  readonly reach: Reach;
}

const ruleSchema = schema.record({
  d: schema.oneOf("allow", "deny"),
  o: schema.union({
    all: schema.record({ t: schema.literal("all") }),
    port: schema.record({ t: schema.literal("port"), port: schema.integer(1, PORT_MAX) }),
    service: schema.record({ t: schema.literal("service"), name: schema.text(LABEL_BYTES_MAX) }),
  }),
  p: schema.oneOf("tcp", "udp", "any"),
  w: whoSchema,
});
const storedSchema = schema.record({
  v: schema.literal(1),
  r: schema.list(ruleSchema, RULES_MAX),
});

const FORM: Form<readonly AccessRule[]> = {
  key: "gateway/access",
  empty: [],
  schema: (value, path) =>
    storedSchema(value, path).r.map(({ d, o, p, w }) => ({
      ...{ verdict: d, who: w, protocol: p, reach: o },
    })),
  encode: (rules) => ({
    v: 1,
    r: rules.map(({ verdict, who, protocol, reach }) => ({
      ...{ d: verdict, o: reach, p: protocol, w: who },
    })),
  }),
};

/**
 * What a rule is about, as people type it: "all", a port, or the name of a service.
 * @throws GatewayError("bad-rule")
 */
export function parseReach(text: string): Reach {
  const word = text.trim().toLowerCase();
  if (word === "all") return { t: "all" };
  if (/^\d+$/.test(word)) {
    const port = Number(word);
    if (port >= 1 && port <= PORT_MAX) return { t: "port", port };
    throw new GatewayError("bad-rule", `A port is a number of 1 to ${PORT_MAX}, not '${text}'.`);
  }
  if (isLabel(word) && /[a-z]/.test(word)) return { t: "service", name: word };
  throw new GatewayError(
    "bad-rule",
    `'${text}' is neither a port, nor the name of a service, nor 'all'.`,
  );
}

/** What a rule is about, in a word. */
export function formatReach(reach: Reach): string {
  if (reach.t === "all") return "all";
  return reach.t === "port" ? String(reach.port) : reach.name;
}

function isSame(a: AccessRule, b: AccessRule): boolean {
  return (
    whoKey(a.who) === whoKey(b.who) &&
    a.protocol === b.protocol &&
    formatReach(a.reach) === formatReach(b.reach)
  );
}

/**
 * Who may reach what of this machine. Without a rule nobody may reach anything, and a rule that
 * denies beats every rule that allows. A rule is about a person, all of their devices.
 */
export class Access {
  readonly #kept: Kept<readonly AccessRule[]>;
  readonly #people: People;
  readonly #groups: Membership;

  /** @param onChanged called after every change of the rules */
  constructor(
    records: RecordStore,
    people: People,
    groups: Membership,
    onChanged: () => void = () => undefined,
  ) {
    this.#kept = new Kept(records, FORM, onChanged);
    this.#people = people;
    this.#groups = groups;
  }

  /** Reads the rules. */
  load(done: (error: DiskError | null) => void): void {
    this.#kept.load(done);
  }

  /** All rules, in the order in which they were made. */
  rules(): readonly AccessRule[] {
    return this.#kept.value;
  }

  /**
   * Adds a rule; one with the other verdict about the same people and ports gives way to it.
   * Errors: "too-many", "busy", "disk-full", "disk".
   */
  add(rule: AccessRule, done: (error: GatewayError | null) => void): void {
    this.#kept.change((now) => {
      const others = now.filter((one) => !isSame(one, rule));
      if (others.length >= RULES_MAX) {
        throw new GatewayError(
          "too-many",
          `There are ${RULES_MAX} rules already. Remove some with --remove.`,
        );
      }
      return [...others, rule];
    }, done);
  }

  /** Removes a rule. Errors: "unknown-rule", "busy", "disk-full", "disk". */
  remove(rule: AccessRule, done: (error: GatewayError | null) => void): void {
    this.#kept.change((now) => {
      const left = now.filter((one) => !isSame(one, rule) || one.verdict !== rule.verdict);
      if (left.length < now.length) return left;
      throw new GatewayError(
        "unknown-rule",
        "There is no such rule. 'peernet allow --list' shows all of them.",
      );
    }, done);
  }

  /** Whether a peer may reach a port of this machine. */
  mayReach(from: PeerId, protocol: Protocol, port: number): boolean {
    return this.judge(from, protocol, [{ t: "port", port }], []);
  }

  /**
   * Whether a peer may reach what these ways of saying it mean.
   * @param also people who may without a rule, unless one denies it
   */
  judge(from: PeerId, protocol: Protocol, reach: readonly Reach[], also: readonly Who[]): boolean {
    const person = this.#people.personOf(from);
    if (person === undefined) return false;
    const wanted = new Set(["all", ...reach.map(formatReach)]);
    let isAllowed = also.some((who) => isMeant(who, person, this.#groups));
    for (const rule of this.#kept.value) {
      const fits =
        (rule.protocol === "any" || rule.protocol === protocol) &&
        wanted.has(formatReach(rule.reach)) &&
        isMeant(rule.who, person, this.#groups);
      if (!fits) continue;
      if (rule.verdict === "deny") return false;
      isAllowed = true;
    }
    return isAllowed;
  }
}
