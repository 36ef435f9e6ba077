import type { PersonId } from "../identity/index.ts";
import { GroupsError } from "./errors.ts";
import type { Group } from "./group.ts";

/** The groups on this device, by name and by who is in them. */
export class Roster {
  readonly #groups = new Map<string, Group>();

  get size(): number {
    return this.#groups.size;
  }

  all(): readonly Group[] {
    return [...this.#groups.values()];
  }

  get(id: string): Group | undefined {
    return this.#groups.get(id);
  }

  add(group: Group): void {
    this.#groups.set(group.id, group);
  }

  delete(group: Group): void {
    this.#groups.delete(group.id);
  }

  /** The group of that name here or that id. @throws GroupsError("not-found") */
  find(idOrLabel: string): Group {
    const group = this.#groups.get(idOrLabel) ?? this.byLabel(idOrLabel.toLowerCase());
    if (group !== undefined) return group;
    throw new GroupsError(
      "not-found",
      "There is no such group here. 'peernet group list' shows those there are.",
    );
  }

  byLabel(label: string): Group | undefined {
    for (const group of this.#groups.values()) if (group.label === label) return group;
    return undefined;
  }

  /** Whether the person is in any group with this one, and vouched for. */
  isMate(person: PersonId): boolean {
    for (const group of this.#groups.values()) if (group.isLive(person)) return true;
    return false;
  }

  /** Whether the person is a member of any group with this one. */
  isFellow(person: PersonId): boolean {
    for (const group of this.#groups.values()) if (group.isIn && group.has(person)) return true;
    return false;
  }

  /** What the person is called in some group of this one; undefined where in none. */
  mateName(person: PersonId): string | undefined {
    for (const group of this.#groups.values()) {
      const member = group.isIn ? group.log.members().get(person) : undefined;
      if (member !== undefined) return `${member.label} (${group.label})`;
    }
    return undefined;
  }
}
