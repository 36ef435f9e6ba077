import type { PersonId } from "../identity/index.ts";
import type { Membership } from "./types.ts";

/** Groups from a fixed list, such as the settings in a home. */
export class FixedGroups implements Membership {
  readonly #groups: ReadonlyMap<string, readonly string[]>;
  readonly #resolve: (text: string) => PersonId | undefined;

  /**
   * @param groups names of groups and whom each has, as people write them
   * @param resolve finds a person now: petnames change
   */
  constructor(
    groups: Readonly<Record<string, readonly string[]>>,
    resolve: (text: string) => PersonId | undefined,
  ) {
    const entries = Object.entries(groups);
    this.#groups = new Map(entries.map(([name, members]) => [name.toLowerCase(), members]));
    this.#resolve = resolve;
  }

  has(group: string): boolean {
    return this.#groups.has(group);
  }

  isMember(group: string, person: PersonId): boolean {
    const members = this.#groups.get(group) ?? [];
    return members.some((text) => this.#resolve(text) === person);
  }
}
