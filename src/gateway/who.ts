import { TypedError } from "../base/errors.ts";
import type { PersonId } from "../identity/index.ts";
import { schema } from "../wire/index.ts";
import type { Schema } from "../wire/schema.ts";
import { GatewayError } from "./errors.ts";
import { LABEL_BYTES_MAX } from "./limits.ts";
import type { Membership, People, Who } from "./types.ts";

const LABEL = /^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/;
const PERSON_ID_CHARS = 32;

/** Whether a text may name a service or a group: letters, digits and hyphens (RFC 1123). */
export function isLabel(text: string): boolean {
  return LABEL.test(text);
}

/** The stored form of `Who`. */
export const whoSchema: Schema<Who> = schema.union({
  person: schema.record({ t: schema.literal("person"), id: schema.text(PERSON_ID_CHARS) }),
  group: schema.record({ t: schema.literal("group"), name: schema.text(LABEL_BYTES_MAX) }),
});

/** A text that is the same for the same people. */
export function whoKey(who: Who): string {
  return who.t === "person" ? `person ${who.id}` : `group ${who.name}`;
}

/** What it is called here. */
export function nameOfWho(who: Who, people: People): string {
  return who.t === "group" ? who.name : (people.nameOf(who.id) ?? who.id);
}

/** Whether a person is meant. */
export function isMeant(who: Who, person: PersonId, groups: Membership): boolean {
  return who.t === "person" ? who.id === person : groups.isMember(who.name, person);
}

/**
 * The contact or group that a person types; a contact goes before a group of the same name.
 * @throws GatewayError("unknown-person")
 */
export function parseWho(text: string, people: People, groups: Membership): Who {
  const name = text.trim();
  let cause: unknown;
  try {
    return { t: "person", id: people.resolve(name) };
  } catch (error) {
    if (!(error instanceof TypedError)) throw error;
    cause = error;
  }
  const group = name.toLowerCase();
  if (groups.has(group)) return { t: "group", name: group };
  const why = cause instanceof TypedError ? cause.message : "";
  throw new GatewayError("unknown-person", `${why} There is no group of that name either.`, {
    cause,
  });
}
