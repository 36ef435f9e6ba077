import type { LayoutLink, LayoutNode } from "./force.ts";

/**
 * A direction for each peer so that few links cross: the mesh as a tree of nearest links, each
 * branch in a wedge as wide as it has ends (Wetherell and Shannon's radial tree drawing).
 * @param nodes the nearest first; the first is the middle
 */
export function wedgesOf(
  nodes: readonly LayoutNode[],
  links: readonly LayoutLink[],
): ReadonlyMap<string, number> {
  const parents = parentsOf(nodes, links);
  const children = new Map<string, string[]>();
  for (const [child, parent] of parents) {
    const siblings = children.get(parent) ?? [];
    siblings.push(child);
    children.set(parent, siblings);
  }
  const ends = new Map<string, number>();
  for (const { id } of nodes.toReversed()) {
    const below = (children.get(id) ?? []).reduce((sum, child) => sum + (ends.get(child) ?? 1), 0);
    ends.set(id, Math.max(1, below));
  }
  const [middle] = nodes;
  const angles = new Map<string, number>();
  if (middle === undefined) return angles;
  const wedges = [{ id: middle.id, from: -Math.PI * 0.9, width: 2 * Math.PI }];
  for (let next = wedges.pop(); next !== undefined; next = wedges.pop()) {
    angles.set(next.id, next.from + next.width / 2);
    const share = next.width / (ends.get(next.id) ?? 1);
    let { from } = next;
    for (const child of children.get(next.id) ?? []) {
      const width = share * (ends.get(child) ?? 1);
      wedges.push({ id: child, from, width });
      from += width;
    }
  }
  return angles;
}

/** The linked peer nearest to the middle; the middle itself where no nearer one is known. */
function parentsOf(
  nodes: readonly LayoutNode[],
  links: readonly LayoutLink[],
): ReadonlyMap<string, string> {
  const rank = new Map(nodes.map((node, index) => [node.id, { index, hops: node.hops }]));
  const parents = new Map<string, string>();
  const [middle] = nodes;
  for (const { id } of nodes.slice(1)) parents.set(id, middle?.id ?? id);
  const consider = (child: string, parent: string): void => {
    const one = rank.get(child);
    const other = rank.get(parent);
    if (one === undefined || other === undefined || other.hops >= one.hops) return;
    const known = rank.get(parents.get(child) ?? "");
    const unset = known === undefined || known.index === 0;
    if (
      unset ||
      other.hops > known.hops ||
      (other.hops === known.hops && other.index < known.index)
    ) {
      parents.set(child, parent);
    }
  };
  for (const { a, b } of links) {
    consider(a, b);
    consider(b, a);
  }
  return parents;
}
