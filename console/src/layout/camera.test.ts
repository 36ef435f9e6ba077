import { describe, expect, test } from "vitest";
import { Camera } from "./camera.ts";

/** Where a place of the layout is drawn. */
function at(camera: Camera, x: number, y: number): readonly [number, number] {
  const { origin, scale } = camera;
  return [origin.x + x * scale, origin.y + y * scale];
}

describe("the camera of a large map", () => {
  test("shows everybody at first, with this peer in the middle", () => {
    const camera = new Camera();
    camera.resize(800, 600);
    camera.fit(1000);
    expect(at(camera, 0, 0)).toEqual([400, 300]);
    expect(at(camera, 0, 1000)[1]).toBeLessThanOrEqual(600);
    expect(at(camera, 0, -1000)[1]).toBeGreaterThanOrEqual(0);
  });

  test("zooming keeps what is under the pointer", () => {
    const camera = new Camera();
    camera.resize(800, 600);
    camera.fit(1000);
    const [x, y] = at(camera, 300, -200);
    camera.zoomAt(3, x, y);
    const [nextX, nextY] = at(camera, 300, -200);
    expect(nextX).toBeCloseTo(x, 6);
    expect(nextY).toBeCloseTo(y, 6);
    expect(camera.zoom).toBe(3);
  });

  test("neither zoom nor way is without end", () => {
    const camera = new Camera();
    camera.resize(0, 0);
    camera.fit(0);
    for (let turn = 0; turn < 100; turn += 1) camera.zoomAt(2, 0, 0);
    expect(camera.zoom).toBe(40);
    camera.pan(1e9, -1e9);
    expect(camera.origin.x).toBeLessThan(1e6);
    for (let turn = 0; turn < 100; turn += 1) camera.zoomAt(0.5, 0, 0);
    expect(camera.zoom).toBe(0.5);
  });
});
