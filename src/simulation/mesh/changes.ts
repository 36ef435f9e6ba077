import type { LinkTraits } from "./types.ts";
import type { MeshWorld } from "./world.ts";

/** A link that was cut, with what it takes to lay it again. */
export interface CutLink {
  readonly a: number;
  readonly b: number;
  readonly traits: LinkTraits;
}

/** Cuts all whole links of a place; both ends notice after so long. */
export function isolate(world: MeshWorld, place: number, noticeMs = 0): readonly CutLink[] {
  return cutAll(world, noticeMs, (a, b) => a === place || b === place);
}

/** Cuts all whole links between the places that are left and those that are not. */
export function partition(
  world: MeshWorld,
  isLeft: (place: number) => boolean,
  noticeMs = 0,
): readonly CutLink[] {
  return cutAll(world, noticeMs, (a, b) => isLeft(a) !== isLeft(b));
}

/** Lays links again as they were. */
export function mend(world: MeshWorld, links: readonly CutLink[]): void {
  for (const { a, b, traits } of links) world.join(a, b, traits);
}

/**
 * A peer moves: its old links break, which is noticed after so long, and it is linked to others at
 * once. Old neighbours among the new ones stay linked.
 */
export function moveTo(
  world: MeshWorld,
  place: number,
  neighbours: readonly number[],
  traits: LinkTraits,
  noticeMs = 0,
): void {
  const stays = (other: number): boolean => neighbours.includes(other);
  cutAll(world, noticeMs, (a, b) => (a === place && !stays(b)) || (b === place && !stays(a)));
  for (const other of neighbours) {
    const side = world.place(place).sides.get(world.place(other).id);
    if (side?.up !== true || !side.wire.connected) world.join(place, other, traits);
  }
}

function cutAll(
  world: MeshWorld,
  noticeMs: number,
  isChosen: (a: number, b: number) => boolean,
): readonly CutLink[] {
  const links: CutLink[] = [];
  for (const { number, sides } of world.places) {
    for (const side of sides.values()) {
      if (side.to < number || !side.wire.connected || !isChosen(number, side.to)) continue;
      const back = world.side(side.to, number);
      const { delayMs, bitsPerSecond, loss } = side;
      const traits = { cost: side.cost, costBack: back.cost, delayMs, bitsPerSecond, loss };
      links.push({ a: number, b: side.to, traits });
    }
  }
  for (const { a, b } of links) world.cut(a, b, noticeMs);
  return links;
}
