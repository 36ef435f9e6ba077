import { pictureJpeg } from "../../src/media/jpeg/picture-jpeg.ts";
import { emptyPicture } from "../../src/media/picture.ts";

/** A JPEG with large shapes and fine grain, so that its coarse part shows something and is small. */
export function jpegPhoto(): Buffer {
  const picture = emptyPicture(960, 640);
  for (let at = 0; at < picture.width * picture.height; at += 1) {
    const [x, y] = [at % picture.width, Math.floor(at / picture.width)];
    const grain = ((at * 48_271) % 65_521) % 23;
    const isSun = (x - 610) ** 2 + (y - 220) ** 2 < 9_000;
    const colour = isSun ? [230, 200, 90] : y < 380 ? [80 + (y >> 2), 110, 170] : [30, 70, 110];
    picture.rgb.set(
      colour.map((value) => value + grain),
      at * 3,
    );
  }
  return Buffer.from(pictureJpeg(picture, { quality: 90 }));
}
