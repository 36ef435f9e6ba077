import type { camera as english } from "../en/camera.ts";

/** Words about codes that are read by a camera or from a picture, in German. */
export const camera: typeof english = {
  start: "Mit der Kamera scannen",
  stop: "Kamera aus",
  live: "Was die Kamera sieht",
  denied:
    "Der Browser gibt keine Kamera her. Erlaub sie für diese Seite, oder mach ein Bild vom Code.",
  fromPicture: "Aus einem Bild",
  noCodeFound: "In diesem Bild ist kein Code zu finden.",
};
