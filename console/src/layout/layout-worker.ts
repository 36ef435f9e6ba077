import { ForceLayout, type LayoutLink, type LayoutNode } from "./force.ts";

/** What is to be laid out; a later one takes the place of an earlier one. */
export interface LayoutWish {
  readonly generation: number;
  readonly nodes: readonly LayoutNode[];
  readonly links: readonly LayoutLink[];
  /** Tell only of the first places and the last ones. */
  readonly isStill: boolean;
}

/** Where everybody is now: x and y of each node, in the order of the wish. */
export interface LayoutNews {
  readonly generation: number;
  readonly places: Float32Array;
  readonly rings: readonly number[];
  readonly isAtRest: boolean;
}

/** Pause between steps, so that a newer wish gets in, in milliseconds. */
const PAUSE_MS = 4;

const layout = new ForceLayout();
let wish: LayoutWish | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;

addEventListener("message", ({ data }: MessageEvent<LayoutWish>) => {
  wish = data;
  layout.update(data.nodes, data.links);
  clearTimeout(timer);
  tell(data, false);
  work();
});

function work(): void {
  if (wish === undefined) return;
  const isMoving = layout.step();
  if (!isMoving || !wish.isStill) tell(wish, !isMoving);
  if (isMoving) timer = setTimeout(work, PAUSE_MS);
}

function tell({ generation, nodes }: LayoutWish, isAtRest: boolean): void {
  const places = new Float32Array(2 * nodes.length);
  for (const [at, { id }] of nodes.entries()) {
    const place = layout.place(id);
    places[2 * at] = place?.x ?? 0;
    places[2 * at + 1] = place?.y ?? 0;
  }
  const news: LayoutNews = { generation, places, rings: layout.rings, isAtRest };
  postMessage(news, { transfer: [places.buffer] });
}
