import { ForceLayout } from "./force.ts";
import type { GraphLink, GraphNode, Shown } from "./graph.ts";

/** Room around the outermost peers for their names, in pixels; in a narrow map the legend takes two lines below. */
const MARGIN = { wide: 56, narrow: 56, crowded: 18, below: 40, belowNarrow: 76 } as const;
/** Below this width, in pixels, every pixel counts. */
const NARROW = 500;
/** Above so many peers only contacts keep their names, and all are drawn smaller. */
export const CROWD = 24;
/** A map of few peers is not blown up beyond this. */
const SCALE_MAX = 1.5;
const STEPS_PER_FRAME = 2;

/** Moves the map's elements by the layout, frame by frame, and stops when all is at rest. */
export class Motion {
  readonly #layout = new ForceLayout();
  readonly #peers = new Map<string, SVGGElement>();
  readonly #lines = new Map<string, SVGLineElement>();
  readonly #rings = new Map<number, SVGCircleElement>();
  #nodes: readonly Shown<GraphNode>[] = [];
  #links: readonly Shown<GraphLink>[] = [];
  #width = 0;
  #height = 0;
  #scale = 0;
  #frame = 0;

  /** Which element stands for a peer. */
  peer(id: string, element: SVGGElement | null): void {
    if (element === null) this.#peers.delete(id);
    else this.#peers.set(id, element);
  }

  /** Which element stands for a link. */
  line(id: string, element: SVGLineElement | null): void {
    if (element === null) this.#lines.delete(id);
    else this.#lines.set(id, element);
  }

  /** Which element stands for a ring. */
  ring(hops: number, element: SVGCircleElement | null): void {
    if (element === null) this.#rings.delete(hops);
    else this.#rings.set(hops, element);
  }

  /** Takes what is drawn now. */
  show(nodes: readonly Shown<GraphNode>[], links: readonly Shown<GraphLink>[]): void {
    this.#nodes = nodes;
    this.#links = links;
    this.#layout.update(
      nodes.map(({ item }) => item),
      links.map(({ item }) => item),
    );
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
      while (this.#layout.step());
      this.#scale = this.#wantedScale();
    }
    this.#start();
  }

  /** Takes the room there is, in pixels. */
  resize(width: number, height: number): void {
    this.#width = width;
    this.#height = height;
    this.#scale = this.#wantedScale();
    this.#start();
  }

  /** Ends all movement. */
  stop(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }

  #start(): void {
    this.#draw();
    if (this.#frame === 0) this.#frame = requestAnimationFrame(this.#tick);
  }

  readonly #tick = (): void => {
    let moving = false;
    for (let step = 0; step < STEPS_PER_FRAME; step += 1) moving = this.#layout.step();
    const wanted = this.#wantedScale();
    const zooming = Math.abs(wanted - this.#scale) > 0.002;
    this.#scale = zooming ? this.#scale + (wanted - this.#scale) * 0.15 : wanted;
    this.#draw();
    this.#frame = moving || zooming ? requestAnimationFrame(this.#tick) : 0;
  };

  /** The scale at which everybody fits, with this peer in the middle. */
  #wantedScale(): number {
    let x = 1;
    let y = 1;
    for (const { item } of this.#nodes) {
      const place = this.#layout.place(item.id);
      x = Math.max(x, Math.abs(place?.x ?? 0));
      y = Math.max(y, Math.abs(place?.y ?? 0));
    }
    const isNarrow = this.#width < NARROW;
    const named = isNarrow ? MARGIN.narrow : MARGIN.wide;
    const beside = this.#nodes.length > CROWD ? MARGIN.crowded : named;
    const below = isNarrow ? MARGIN.belowNarrow : MARGIN.below;
    const fits = Math.min((this.#width / 2 - beside) / x, (this.#height / 2 - below) / y);
    return Math.max(0.02, Math.min(SCALE_MAX, fits));
  }

  #draw(): void {
    const middleX = this.#width / 2;
    const middleY = this.#height / 2;
    const at = (id: string): readonly [string, string] => {
      const place = this.#layout.place(id);
      const x = middleX + (place?.x ?? 0) * this.#scale;
      const y = middleY + (place?.y ?? 0) * this.#scale;
      return [x.toFixed(1), y.toFixed(1)];
    };
    for (const { item } of this.#nodes) {
      const [x, y] = at(item.id);
      this.#peers.get(item.id)?.setAttribute("transform", `translate(${x} ${y})`);
    }
    for (const { item } of this.#links) this.#drawLine(item, at(item.a), at(item.b));
    for (const [hops, circle] of this.#rings) {
      const radius = (this.#layout.rings[hops] ?? 0) * this.#scale;
      circle.setAttribute("r", radius.toFixed(1));
      circle.setAttribute("cx", middleX.toFixed(1));
      circle.setAttribute("cy", middleY.toFixed(1));
    }
  }

  #drawLine(link: GraphLink, from: readonly [string, string], to: readonly [string, string]): void {
    const line = this.#lines.get(link.id);
    line?.setAttribute("x1", from[0]);
    line?.setAttribute("y1", from[1]);
    line?.setAttribute("x2", to[0]);
    line?.setAttribute("y2", to[1]);
  }
}
