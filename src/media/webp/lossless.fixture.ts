import { emptyPicture, type Picture } from "../picture.ts";
import { bytesOf } from "./webp.fixture.ts";

/** A picture of which parts are painted by `colour`, from red, green and blue as one number. */
export function painted(
  width: number,
  height: number,
  colour: (x: number, y: number) => number,
): Picture {
  const picture = emptyPicture(width, height);
  for (let at = 0; at < width * height; at++) {
    const value = colour(at % width, Math.floor(at / width));
    picture.rgb.set([value >> 16, (value >> 8) & 255, value & 255], 3 * at);
  }
  return picture;
}

/** Squares of two colours. */
export function two(width: number, height: number): Picture {
  return painted(width, height, (x, y) => (((x >> 2) + (y >> 2)) % 2 === 1 ? 0xffffff : 0x102030));
}

/** Five colours. */
export function five(width: number, height: number): Picture {
  return painted(width, height, (x, y) => (((x * y) >> 3) % 5) * 0x302010);
}

/** Squares of almost as many colours. */
export function many(width: number, height: number): Picture {
  return painted(width, height, (x, y) => {
    const blue = (((x >> 3) ^ (y >> 3)) * 9) & 255;
    return ((((x >> 2) * 7) & 255) << 16) | ((((y >> 2) * 11) & 255) << 8) | blue;
  });
}

/** Colours that change slowly. */
export function slope(width: number, height: number): Picture {
  return painted(width, height, (x, y) => ((x * 6) << 16) | ((y * 25) << 8) | 0x80);
}

/** By chance two colours on the left, and two others on the right. */
export function halves(width: number, height: number): Picture {
  let state = 1;
  return painted(width, height, (x) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    const isOther = ((state >>> 24) & 1) === 1;
    if (x < width / 2) return isOther ? 0xffffff : 0;
    return isOther ? 0x408030 : 0x008020;
  });
}

/** `stripes(40, 24)`: guesses, likeness of colours, a cache of colours. */
export const GUESSED: Uint8Array = bytesOf([
  "UklGRpoEAABXRUJQVlA4TI4EAAAvJ8AFAAFFbSM5ysxrG3/AVyFE9H8CJImM8CwREfYfPGwbG+juHjCMJElJPw75R0gE7g5J",
  "MG4jSZGX8bX5R7oHYtA2kqOBc1/H3/kzeSj9D35CCCXRD0cEQghh5QaareEHgKHuQ/dzAxFDP4eKXj7KRbkT69S37FVdNDKu",
  "OFNKk3etjy0bJgMlAWDTSJIsS6oaZmbmG+OZ9sz8k73uj/YTzMwMga6mSLK9nC84cmvbVu1mrSOWMpkZa8Bu3Cr/n1m5M2Zm",
  "++0tMZIkx1Ymq59p/3+0lgbgf2ABhNm0bQhK27lfvMqf83e378b00747enx8b98dzX4+9l3ehTs7f2d7L2z4vm+f7OP7++5o",
  "IfNsd3eGnb3VgesL9MvTfUZfdE0n3WE6RyfbFr3GX2K73JHZMduPjRoGsFqBxz/Xf+MZZ4e7c7Tn0rYcDrLF+xEDuKkZEgLu",
  "KMvh4bWRA6yNXqOqdlu7k+0823V+Gw5mv9e+Glo2T0qmgljXK8FkSIVYH71ablT1bC+dZWdp26nR1lY/749nC5bMaEoARF2Q",
  "wctVoFhC47UaVVVKDmhRQqKoMhzDUCQhGPthcGQEUGMmWV7/GAU02DB8gkEmYCAyTFaOPCKkov4SKoKZdNw167ejgCmMsnBi",
  "CEhBSaqaACCIWuQCLoKLHXex/bJ+HgWk5KhRPFgRBY5hGDIQLMGXAC4WQ4JZJODa9dMoYKpkQQwBK4wMg8JUFCE1q3cRBonF",
  "oMJFqbD6PQrIpiwcPCoB5ENlSAARRFJvFhGjEgUVuA6sf4wC5gIRBBVV4KUwZf19k97uMVhEiIJUXldXX0cBZSBIggmRhkrh",
  "gKISiKL3MRgkVEFOXvWJ1adRtQgHSxBHGS6FIQkGaVbSi/V9R0AAlzwvg+P51ZdRFQZBwEAUmBS1IIIlHCmoVwRwGSavVBmv",
  "rD6OqmEDg8c/T1M4yqAST0BR4AiVMRm8cgH37OrtqBol+Pt2/H0HMSdgIZfBXFYqkyMHcIgH66fGdf+3yHTZxwf/0uZtr83Y",
  "CmyKoo0pJk8raJbmbVaTJAmqGgu5UICCUkmONSm0Bn2lP1ryNuO7bH1ZySTJho1ji7bWVtoIUqnc1tpS/DFdSQQKJIxQUKVy",
  "JUrJMFkbpOmiMqp7VOhhTQtH2aa0I9uCrTVtlACgtYpFavG7Ne1JwaK0hBwOL+O0KWkM0DTUgPq4F4UegjwJGoS52552Z3vb",
  "Fm3SXLjBaz0WaNHEH9TaSjwvIwsrLYX2tLRpTQprJi/XQ8w4kXAMUmUdmvZm+9Lubr59tHllwzCWR09dtGjaIg0LiPtNS8NC",
  "y3pWHjgXQSBNBCZun8+BMBeEiIiqp92etjPbnMomG6tYqlaNulrQ+lIOjs1pAzxSpMq5EgXQY9DgwSBJNpH3Rkucj4yiGhL4",
  "/9hGW5fNEixbHQt01bYu+ml12Ii1sXak3fXhIkQo7CEoiOMeDVYUiRrOIYf0Lmfyqt5c7uVuB8Ok2cpSVw21rceKVGXjaMO2",
  "2J321vT6f1ySE8xixs1zMy4ChYABHPSgZa8pL5MNlYc5Ew==",
]);

/** `testPicture(33, 17)`: green taken from red and blue, too. */
export const NOISY: Uint8Array = bytesOf([
  "UklGRpwCAABXRUJQVlA4TI8CAAAvIAAEAA0IZJM9f/IIIvqfWQcAQfhPVxDR/3QBQQCQKJKAAoKaTc3+/4/3Vuo3ILWRJEiq",
  "ZXOQbptZN9IN1wdR2zY6ABt/qhfvE5H+XqqEotXBEmZtMKlqEQI+WBuT+v8nRoaK8QKkdlY1ZkVwds2uGZu54nB1LXKtOEH5",
  "OuqWM3Py1M48aQCTxBVZ1TPKKIQZmmmzazaS60IqcRZVgh/jLi+mIDU46kKOVlYLQtGKVWruvYtm78+G2TCr9c+rBiyrHJRd",
  "vlblkCSbBo4knSCqV25xuhjK0FG/MydQgb0WWwW8IqPsaWUAVE4qRCqxAcVHQsqLcUZtxCLKzI0XsxFL0FqkVKUL5KkVVwjo",
  "qNuVvrlYcgwdxYEVUqoIA3zOaglHRQSpCNHqKX2cgVUsxbC6qbVxVz9S8R4XVShHiSWEmXcupQgvjdqzVghLLy1lhyqCwhxK",
  "FUNLv3Ipt6SMmodaRp7NaDH/fBSAFdkLsApPKwFrspNKGJTq3xKhAkIpL917aivkmS1loB4+6o8joFQWYb2cXM6MVlxcLbe2",
  "Q8qR+uNdCUmsSeOZEbgqtQglVCvhH6vOc6sMWgGvCkjRUYtJcM16MZGqrHpRZkkKlYfhSljx4l8RlsE3yS3HMisdokxMF1ZN",
  "oHHJK4aZM4MG/H6i1wI5uerkql5jr5cVQMUgHazCqF4Kc9fBXURmr98ZpgalaRoxsARSz1RnJYnrBCN1L4mrVQyTaP1f9oAk",
  "jM1GZhWgHK9ELAXotYjVeUohtopYURERZivEyDXqBAr4mmlxEFOuRSvNVHFQpsBewKo9F6qzgvMSEasaXOhArVYaMHvUpNVD",
  "A8mVKxBpJUBZMc6gV65/KlyM1KISK4O1EwsBAA==",
]);

/** `two(37, 19)`: eight pixels in one. */
export const TWO: Uint8Array = bytesOf([
  "UklGRjIAAABXRUJQVlA4TCUAAAAvJIAEAA/wkP9H/D/mf/7jAQSBIAjvT5nFI0T0fwJyhU65QqesAA==",
]);

/** `five(37, 19)`: two pixels in one. */
export const FIVE: Uint8Array = bytesOf([
  "UklGRroAAABXRUJQVlA4TK4AAAAvJIAEACcwIAMzEPMfeHcHBrW15GGDAHCOAYQGQgOxf6cd/xYhov8K3LZRxnCQd8BfFREx",
  "M4uIGINm9d2dCDsBAYtFDhC1GARijiAW43IOQTxv8xc0SHyw5U7wgiZbsg92EicNethJ83xulYkw707TBPZ7BO6cikpenLOm",
  "UiNOJb+d42wltXSlXskrOiOjV+pasu0EyNjbbf7Wgr2dz60yCeZkVtifefcr5m4neAA=",
]);

/** `many(64, 48)`: a table of colours, one pixel each. */
export const MANY: Uint8Array = bytesOf([
  "UklGRoYDAABXRUJQVlA4THoDAAAvP8ALAP9lpm2b/QZe4N2GYQ6QRpKTtakhFhuLpXZqiMVisdj5V+S2bZOk80R/YwiEZ8/2",
  "GvIAPiCd/7xeQz5AAC4gAKXOa9jOtbPUeQ11nhxsQIBMryGHk4MGfJDlNeTULP2v8xq2c+91fgYAJAEAyDa1bdu2Ztu2bdu2",
  "bdtmf5hzRP8DBAKBcDgcjsVisWQymcxkMpl8fX19IyMjI1NTU1MLCwsLa2trazs7OztHR0dHFxcXF3d3d3cvLy8vX19fX4Ef",
  "DAaD8Xg8ns1ms+VyudxsNpv9/Pz8oqKiotLS0tKKioqK6urq6rq6urrGxsbGlpaWlvb29vaurq6u3t7e3oAfAoFACAQCgcPh",
  "cBQKhcJisVj8/f39o6Ojo9PT09OLi4uL6+vr67u7u7vHx8fHl5eXl/f39/evr6+v39/f34EfCoVCiUQikcvlcpVKpdJqtVoD",
  "AgICYmJiYjIyMjJKSkpKGhoaGnp6enomJiYmVlZWVg4ODg5ubm5uPj4+PoAfBoPBSCQSicfj8VQqlcpms9kCAwMDY2NjYzMz",
  "MzNLS0tLGxsbG3t7e3snJycnV1dXVw8PDw9vb29vPz8/P4EfDofDyWQymc/n89Vqtdput9uDgoKC4uLi4rKysrLKysrKmpqa",
  "mvr6+vqmpqam1tbW1o6Ojo7u7u7uvr6+voAfgUAgKBQKRSAQCDQajcbhcDiCg4OD4+Pj47Ozs7PLy8vLm5ubm/v7+/unp6en",
  "19fX14+Pj4/v7+/vv7+/v4EfiUQiqVQqVSgUCrVardbpdDpDQkJCEhISEnJycnIqKioqWlpaWgYGBgZmZmZmNjY2Nk5OTk4e",
  "Hh4efn5+foAfhUKhaDQaTSQSiXQ6nc7lcrlCQ0NDExMTE3Nzc3MrKysrW1tbWwcHBwdnZ2dnNzc3N09PT08fHx8ff39/f4Ef",
  "jUaj6XQ6XSwWi/V6vd7tdrvDwsLCkpKSkvLy8vKqqqqq2tra2oaGhobm5ubmtra2ts7Ozs6enp6e/v7+/oAfg8FgGAwGQyKR",
  "SAwGg8Hj8XjCw8PDk5OTk/Pz8/Orq6ur29vb24eHh4fn5+fnt7e3t8/Pz8+fn5+f/////4Efi8VimUwmUyqVSo1Go9HHx8cn",
  "IiIiIiUlJaWgoKCgpqampqOjo2NkZGRkYWFhYWdnZ+fi4uLi5eXlxev1egHfCw==",
]);

/** `slope(40, 10)`, of which column x is opaque by 6 x of 255. */
export const CLEAR: Uint8Array = bytesOf([
  "UklGRkIAAABXRUJQVlA4TDYAAAAvJ0ACEAGAIAb8PzuI6H/KAUAQ/s8dRPQ/JYi0bWrj/t0OHY7BACpI24BF3Z0AyNejYACq",
  "9wE=",
]);

/** `halves(64, 48)`: two groups of codes. */
export const HALVES: Uint8Array = bytesOf([
  "UklGRtYBAABXRUJQVlA4TMoBAAAvP8ALAB8gEEhSn3wNgQDBmf8pAgFCggX/keY/wF9GYggEkvb3niEiQmc2AUhlFDvFPxQ7",
  "RUT/A3UCGtp/Fa/4d8U+FP+uWCOi/6HeHlyr5+jJFdc66WubyOARkwUnGpsgDpkNR/caejDHkqjNDVnMTs3T1wD32zckI3wb",
  "xPVQok9ZD7oHP+dIRzsKiZHfp5zo1zVA/RXswUheHdhtgsKLiEdilg+N2Up9o0JnbXTmwE3Ilz7s1goTLWP0jVptOcYupYre",
  "i4O40bv+f0Kka8FvCDpmzHgHbvzX0Eq4wKni3QdF+r3OwCJO5rJxYBu6pMjHlvw3r3LZHWK5Rhzwt8dtoFMm2JTlsMZALTcd",
  "+bTJVaVz+VpQXkeJJs0czTIUh8tbWSnjWRHuF7VViJoI4Q6fld3WS5cpInmFal2sAOPV2SVDWR7DiiGdCIuaPYn3WkuaIM4M",
  "t7bPARRd+6ewM+9NfkevxNdNxFOfR9/zYUUrBeYOkI4TeZNL+/L8FUSWCObpLZoiuxN3Lk0rwbvVikH0+XeTYuj6BWFG6KIJ",
  "ahAWf6qbtXyop3J3kXsEJAj8Wp9yHLlD8Kz33oIoSjf9JfVQ6Qz7uFcUS4SHKQ==",
]);
