import type { Camera } from "./camera.ts";
import type { Graph, GraphLink, LinkGrade } from "./graph.ts";

/** Colours of a large map, as the style sheet has them. */
export interface MapColours {
  readonly ground: string;
  readonly ink: string;
  readonly peer: string;
  readonly contact: string;
  readonly self: string;
  readonly links: Readonly<Record<LinkGrade, string>>;
}

/** What is drawn besides the places. */
export interface Picture {
  readonly graph: Graph;
  /** Ends of each link, as places of nodes: two for each. */
  readonly ends: Uint32Array;
  readonly places: Float32Array;
  readonly selected: string | undefined;
}

const GRADES = ["slow", "fair", "good"] as const;
const LABEL_ZOOM = 2.5;
const LABELS_MAX = 80;
const DOT = 2.4;

/** Draws a large map: a path for each kind of thing, not one for each thing. */
export function paint(
  canvas: CanvasRenderingContext2D,
  camera: Camera,
  picture: Picture,
  colours: MapColours,
  nameOf: (at: number) => string,
): void {
  const { width, height } = canvas.canvas;
  const ratio = devicePixelRatio;
  canvas.setTransform(ratio, 0, 0, ratio, 0, 0);
  canvas.fillStyle = colours.ground;
  canvas.fillRect(0, 0, width / ratio, height / ratio);
  for (const grade of GRADES) strokeLinks(canvas, camera, picture, grade, colours.links[grade]);
  const size = DOT * Math.min(3, Math.sqrt(camera.zoom));
  fillNodes(canvas, camera, picture, "peer", size, colours.peer);
  fillNodes(canvas, camera, picture, "contact", size * 1.7, colours.contact);
  fillNodes(canvas, camera, picture, "self", size * 2.2, colours.self);
  drawLabels(canvas, camera, picture, colours, nameOf);
}

function strokeLinks(
  canvas: CanvasRenderingContext2D,
  camera: Camera,
  picture: Picture,
  grade: LinkGrade,
  colour: string,
): void {
  const { selected } = picture;
  canvas.strokeStyle = colour;
  canvas.globalAlpha = selected === undefined ? 0.55 : 0.2;
  canvas.lineWidth = 0.8;
  traceLinks(canvas, camera, picture, (link) => link.grade === grade);
  canvas.globalAlpha = 1;
  if (selected === undefined) return;
  canvas.lineWidth = 2;
  const isLit = (link: GraphLink): boolean =>
    link.grade === grade && (link.a === selected || link.b === selected);
  traceLinks(canvas, camera, picture, isLit);
}

/** All links that are wanted as one path. */
function traceLinks(
  canvas: CanvasRenderingContext2D,
  camera: Camera,
  { graph, ends, places }: Picture,
  isWanted: (link: GraphLink) => boolean,
): void {
  const { origin, scale } = camera;
  canvas.beginPath();
  for (const [at, link] of graph.links.entries()) {
    if (!isWanted(link)) continue;
    const a = 2 * (ends[2 * at] ?? 0);
    const b = 2 * (ends[2 * at + 1] ?? 0);
    canvas.moveTo(origin.x + (places[a] ?? 0) * scale, origin.y + (places[a + 1] ?? 0) * scale);
    canvas.lineTo(origin.x + (places[b] ?? 0) * scale, origin.y + (places[b + 1] ?? 0) * scale);
  }
  canvas.stroke();
}

function fillNodes(
  canvas: CanvasRenderingContext2D,
  camera: Camera,
  { graph, places, selected }: Picture,
  kind: "peer" | "contact" | "self",
  size: number,
  colour: string,
): void {
  const { origin, scale } = camera;
  canvas.fillStyle = colour;
  canvas.beginPath();
  for (const [at, node] of graph.nodes.entries()) {
    if (node.kind !== kind) continue;
    const x = origin.x + (places[2 * at] ?? 0) * scale;
    const y = origin.y + (places[2 * at + 1] ?? 0) * scale;
    const radius = node.id === selected ? size * 2 : size;
    canvas.moveTo(x + radius, y);
    canvas.arc(x, y, radius, 0, 2 * Math.PI);
  }
  canvas.fill();
}

function drawLabels(
  canvas: CanvasRenderingContext2D,
  camera: Camera,
  { graph, places, selected }: Picture,
  colours: MapColours,
  nameOf: (at: number) => string,
): void {
  const { origin, scale, zoom } = camera;
  const { width, height } = canvas.canvas;
  canvas.font = "12px system-ui, sans-serif";
  canvas.textAlign = "center";
  canvas.lineWidth = 3;
  canvas.strokeStyle = colours.ground;
  canvas.fillStyle = colours.ink;
  let drawn = 0;
  for (const [at, node] of graph.nodes.entries()) {
    const isWanted = node.kind !== "peer" || node.id === selected || zoom > LABEL_ZOOM;
    if (!isWanted || drawn >= LABELS_MAX) continue;
    const x = origin.x + (places[2 * at] ?? 0) * scale;
    const y = origin.y + (places[2 * at + 1] ?? 0) * scale;
    if (x < 0 || y < 0 || x > width || y > height) continue;
    drawn += 1;
    const name = nameOf(at);
    canvas.strokeText(name, x, y + 18);
    canvas.fillText(name, x, y + 18);
  }
}

/** The node nearest to a point of the canvas, where one is near enough to be meant. */
export function nodeAt(
  camera: Camera,
  { graph, places }: Pick<Picture, "graph" | "places">,
  x: number,
  y: number,
  withinPx: number,
): string | undefined {
  const { origin, scale } = camera;
  let found: string | undefined;
  let nearest = withinPx;
  for (const [at, node] of graph.nodes.entries()) {
    const dx = origin.x + (places[2 * at] ?? 0) * scale - x;
    const dy = origin.y + (places[2 * at + 1] ?? 0) * scale - y;
    const distance = Math.hypot(dx, dy);
    if (distance > nearest) continue;
    nearest = distance;
    found = node.id;
  }
  return found;
}
