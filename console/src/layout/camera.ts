/** Room around the outermost peers, in pixels. */
const MARGIN = 24;
const ZOOM_MIN = 0.5;
const ZOOM_MAX = 40;

/** Which part of a large map shows: all of it, or what somebody has moved to. */
export class Camera {
  #width = 1;
  #height = 1;
  #reach = 1;
  #zoom = 1;
  #x = 0;
  #y = 0;

  /** Takes the room there is, in pixels. */
  resize(width: number, height: number): void {
    this.#width = Math.max(1, width);
    this.#height = Math.max(1, height);
  }

  /** Takes how far from the middle the outermost peer is. */
  fit(reach: number): void {
    this.#reach = Math.max(1, reach);
  }

  /** Pixels for a unit of the layout. */
  get scale(): number {
    const room = Math.min(this.#width, this.#height) / 2 - MARGIN;
    return (Math.max(8, room) / this.#reach) * this.#zoom;
  }

  /** How much larger than all of it. */
  get zoom(): number {
    return this.#zoom;
  }

  /** Where the layout's middle is drawn, in pixels. */
  get origin(): { readonly x: number; readonly y: number } {
    return { x: this.#width / 2 + this.#x, y: this.#height / 2 + this.#y };
  }

  /** Moves what shows, in pixels. */
  pan(dx: number, dy: number): void {
    const most = this.#reach * this.scale;
    this.#x = Math.max(-most, Math.min(most, this.#x + dx));
    this.#y = Math.max(-most, Math.min(most, this.#y + dy));
  }

  /** Zooms by a factor; the place at x, y (in pixels) stays where it is. */
  zoomAt(factor: number, x: number, y: number): void {
    const next = Math.max(ZOOM_MIN, Math.min(ZOOM_MAX, this.#zoom * factor));
    const ratio = next / this.#zoom;
    const { x: middleX, y: middleY } = this.origin;
    this.#zoom = next;
    this.pan((x - middleX) * (1 - ratio), (y - middleY) * (1 - ratio));
  }
}
