import { Camera } from "./camera.ts";
import type { Graph } from "./graph.ts";
import type { LayoutNews, LayoutWish } from "./layout-worker.ts";
import { type MapColours, nodeAt, paint } from "./painter.ts";

/** How near to a peer a finger must be, in pixels. */
const TOUCH = 18;

/** What the page gives and hears. */
export interface BigMapOptions {
  readonly canvas: HTMLCanvasElement;
  readonly nameOf: (id: string) => string;
  readonly colours: () => MapColours;
  readonly onRest: (isAtRest: boolean) => void;
}

/** A map of thousands: laid out in a worker, drawn on a canvas, and only when something changed. */
export class BigMap {
  readonly #options: BigMapOptions;
  readonly #camera = new Camera();
  readonly #worker: Worker;
  #graph: Graph = { nodes: [], links: [], leftOut: 0 };
  #ends = new Uint32Array(0);
  #places = new Float32Array(0);
  #names: readonly string[] = [];
  #selected: string | undefined;
  #generation = 0;
  #frame = 0;

  constructor(options: BigMapOptions) {
    this.#options = options;
    this.#worker = new Worker(new URL("./layout-worker.ts", import.meta.url), { type: "module" });
    this.#worker.addEventListener("message", ({ data }: MessageEvent<LayoutNews>) => {
      if (data.generation !== this.#generation) return;
      this.#places = data.places as Float32Array<ArrayBuffer>;
      this.#camera.fit(data.rings.at(-1) ?? 1);
      options.onRest(data.isAtRest);
      this.draw();
    });
  }

  /** Takes what is drawn from now on. */
  show(graph: Graph): void {
    this.#graph = graph;
    const at = new Map(graph.nodes.map(({ id }, index) => [id, index]));
    this.#ends = new Uint32Array(
      graph.links.flatMap(({ a, b }) => [at.get(a) ?? 0, at.get(b) ?? 0]),
    );
    this.#names = graph.nodes.map(({ id }) => this.#options.nameOf(id));
    this.#places = new Float32Array(2 * graph.nodes.length);
    this.#generation += 1;
    this.#options.onRest(false);
    const wish: LayoutWish = {
      generation: this.#generation,
      nodes: graph.nodes.map(({ id, hops }) => ({ id, hops })),
      links: graph.links.map(({ a, b }) => ({ a, b })),
      isStill: matchMedia("(prefers-reduced-motion: reduce)").matches,
    };
    this.#worker.postMessage(wish);
  }

  /** Draws the links of a peer so that they stand out. */
  select(id: string | undefined): void {
    this.#selected = id;
    this.draw();
  }

  /** Takes the room there is, in pixels. */
  resize(width: number, height: number): void {
    const { canvas } = this.#options;
    canvas.width = Math.round(width * devicePixelRatio);
    canvas.height = Math.round(height * devicePixelRatio);
    this.#camera.resize(width, height);
    this.draw();
  }

  /** Moves what shows, in pixels. */
  pan(dx: number, dy: number): void {
    this.#camera.pan(dx, dy);
    this.draw();
  }

  /** Zooms around a point of the canvas, in pixels. */
  zoomAt(factor: number, x: number, y: number): void {
    this.#camera.zoomAt(factor, x, y);
    this.draw();
  }

  /** The peer that somebody means who touches this point. */
  peerAt(x: number, y: number): string | undefined {
    const picture = { graph: this.#graph, places: this.#places };
    return nodeAt(this.#camera, picture, x, y, TOUCH);
  }

  /** Draws with the next frame. */
  draw(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      const canvas = this.#options.canvas.getContext("2d", { alpha: false });
      if (canvas === null) return;
      const picture = {
        graph: this.#graph,
        ends: this.#ends,
        places: this.#places,
        selected: this.#selected,
      };
      paint(canvas, this.#camera, picture, this.#options.colours(), (at) => this.#names[at] ?? "");
    });
  }

  /** Ends all work. */
  close(): void {
    cancelAnimationFrame(this.#frame);
    this.#worker.terminate();
  }
}
