import { wedgesOf } from "./wedges.ts";

/** What the layout must know of a peer. */
export interface LayoutNode {
  readonly id: string;
  /** Ring on which it belongs; 0 is the middle and stays there. */
  readonly hops: number;
}

/** What the layout must know of a link. */
export interface LayoutLink {
  readonly a: string;
  readonly b: string;
}

/** A peer's place; the middle is 0, 0. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

interface Body {
  readonly id: string;
  hops: number;
  x: number;
  y: number;
  vx: number;
  vy: number;
}

/** Distance between rings where few peers are. */
const RING = 92;
/** Length of the arc that one peer takes on its ring. */
const ARC = 40;
const REPULSION = 5_000;
const SPRING = 0.02;
const RADIAL = 0.2;
const DAMPING = 0.62;
const COOLING = 0.972;
const REST = 0.02;
/** Hops beyond this share the outermost ring. */
const RINGS_MAX = 255;
/** Nothing is ever placed farther out. */
const EDGE = 20_000;

/**
 * Force layout around this peer: links pull (springs), peers push each other away, and each is
 * drawn to the ring of its hop count. Runs down to rest; the same calls give the same places.
 */
export class ForceLayout {
  readonly #bodies = new Map<string, Body>();
  #links: readonly (readonly [Body, Body])[] = [];
  #rings: readonly number[] = [0];
  #heat = 0;

  /** Radius of each ring, by hops. */
  get rings(): readonly number[] {
    return this.#rings;
  }

  /** Where a peer is now. */
  place(id: string): Place | undefined {
    return this.#bodies.get(id);
  }

  /** Changes what is laid out; those who stay keep their places. Warms up only by what is new. */
  update(given: readonly LayoutNode[], links: readonly LayoutLink[]): void {
    const nodes = given.map(({ id, hops }) => ({ id, hops: Math.min(RINGS_MAX, hops) }));
    const before = this.#bodies.size;
    const wanted = new Set(nodes.map((node) => node.id));
    for (const id of this.#bodies.keys()) if (!wanted.has(id)) this.#bodies.delete(id);
    const changed = before !== this.#bodies.size;
    this.#rings = ringsOf(nodes);
    const added = this.#add(nodes, links);
    const count = this.#links.length;
    this.#links = links.flatMap(({ a, b }) => {
      const one = this.#bodies.get(a);
      const other = this.#bodies.get(b);
      return one === undefined || other === undefined ? [] : [[one, other] as const];
    });
    if (added > nodes.length / 4) this.#heat = 1;
    else if (added > 0 || changed) this.#heat = Math.max(this.#heat, 0.5);
    else if (count !== this.#links.length) this.#heat = Math.max(this.#heat, 0.3);
  }

  /** One step; false once everything rests. */
  step(): boolean {
    if (this.#heat < REST) return false;
    const bodies = [...this.#bodies.values()];
    this.#push(bodies);
    this.#pull();
    for (const body of bodies) this.#move(body);
    this.#heat *= COOLING;
    return this.#heat >= REST;
  }

  /** Places those who are new, on their ring and in the wedge of their branch. */
  #add(nodes: readonly LayoutNode[], links: readonly LayoutLink[]): number {
    const fresh = nodes.filter((node) => !this.#bodies.has(node.id)).length;
    const nearFirst = [...nodes].sort((one, other) => one.hops - other.hops);
    const angles = fresh === 0 ? new Map<string, number>() : wedgesOf(nearFirst, links);
    for (const { id, hops } of nearFirst) {
      const known = this.#bodies.get(id);
      if (known !== undefined) {
        known.hops = hops;
        continue;
      }
      const angle = angles.get(id) ?? 0;
      const radius = this.#rings[hops] ?? RING;
      const x = Math.cos(angle) * radius;
      const y = Math.sin(angle) * radius;
      this.#bodies.set(id, { id, hops, x, y, vx: 0, vy: 0 });
    }
    return fresh;
  }

  #push(bodies: readonly Body[]): void {
    for (const [index, one] of bodies.entries()) {
      for (let next = index + 1; next < bodies.length; next += 1) {
        const other = bodies[next];
        if (other === undefined) continue;
        let dx = other.x - one.x;
        let dy = other.y - one.y;
        if (dx === 0 && dy === 0) {
          dx = Math.cos(next);
          dy = Math.sin(next);
        }
        const force = (REPULSION * this.#heat) / Math.max(64, dx * dx + dy * dy);
        const distance = Math.hypot(dx, dy);
        const fx = (dx / distance) * force;
        const fy = (dy / distance) * force;
        one.vx -= fx;
        one.vy -= fy;
        other.vx += fx;
        other.vy += fy;
      }
    }
  }

  #pull(): void {
    for (const [one, other] of this.#links) {
      const dx = other.x - one.x;
      const dy = other.y - one.y;
      const distance = Math.max(1, Math.hypot(dx, dy));
      const rest = one.hops === other.hops ? RING * 1.3 : RING;
      const force = (SPRING * this.#heat * (distance - rest)) / distance;
      one.vx += dx * force;
      one.vy += dy * force;
      other.vx -= dx * force;
      other.vy -= dy * force;
    }
  }

  #move(body: Body): void {
    if (body.hops === 0) {
      body.x = 0;
      body.y = 0;
      return;
    }
    const radius = Math.max(1, Math.hypot(body.x, body.y));
    const wanted = this.#rings[body.hops] ?? RING;
    const inward = (RADIAL * (wanted - radius)) / radius;
    body.vx = (body.vx + body.x * inward) * DAMPING;
    body.vy = (body.vy + body.y * inward) * DAMPING;
    body.x = Math.min(EDGE, Math.max(-EDGE, body.x + body.vx));
    body.y = Math.min(EDGE, Math.max(-EDGE, body.y + body.vy));
  }
}

/** Rings wide enough for those on them. */
function ringsOf(nodes: readonly LayoutNode[]): readonly number[] {
  const counts: number[] = [];
  for (const { hops } of nodes) {
    while (counts.length <= hops) counts.push(0);
    counts[hops] = (counts[hops] ?? 0) + 1;
  }
  const rings = [0];
  for (const count of counts.slice(1)) {
    const inner = rings.at(-1) ?? 0;
    rings.push(Math.max(inner + RING * (count === 0 ? 0.3 : 1), (count * ARC) / (2 * Math.PI)));
  }
  // A crowded outer ring would leave the inner ones as a dot in its middle.
  const outer = rings.at(-1) ?? 0;
  const last = Math.max(1, rings.length - 1);
  return rings.map((radius, hops) => Math.max(radius, (outer * 0.85 * hops) / last));
}
