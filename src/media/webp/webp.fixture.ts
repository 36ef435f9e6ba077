import { emptyPicture, type Picture } from "../picture.ts";

/** Stripes that turn from block to block, so that every way of guessing a block is worth taking. */
export function stripes(width: number, height: number): Picture {
  const picture = emptyPicture(width, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const turn = ((x >> 4) + 3 * (y >> 4)) * 0.35;
      const wave = Math.sin((x * Math.cos(turn) + y * Math.sin(turn)) * 0.7);
      const at = 3 * (y * width + x);
      picture.rgb[at] = 128 + 90 * wave;
      picture.rgb[at + 1] = 128 + 60 * wave + 40 * Math.sin(x / 20);
      picture.rgb[at + 2] = 100 + 100 * Math.sin((x + y) / 30);
    }
  }
  return picture;
}

/** The bytes of these lines of base64. */
export const bytesOf = (lines: readonly string[]): Uint8Array => {
  return Uint8Array.from(atob(lines.join("")), (character) => character.charCodeAt(0));
};

/** `stripes(96, 80)` as libwebp writes it at quality 80. */
export const FINE: Uint8Array = bytesOf([
  "UklGRi4JAABXRUJQVlA4ICIJAACQKQCdASpgAFAAPmUoj0WkIqEbO26oQAZEtgBOmUI+O+o8wSr/5fWEqN8gTnf/netD",
  "+v+oD86ewB4tH/A/tfuA/WP1Afrl+vnvM/zD/R/yX3g/631J/6d/ef/d2CXoq+WZ+6Pw7fsz+yvuLf5///4M1uY+f/kJ",
  "5k/iXyv+Q/rn94/23Gk8o/kPMH+R/iX9V+ZnKH+Qfuf+68nP+F4JOxHoFppP8r1ZfyUf9H9gPIa9Af+pMew+30+Kol7Q",
  "J2q1UdlEtJKm+g4V0EgKeettee3883kB32eeT84MjsJNvUwRPoQizOq/TTUUH/0C7R7KwFxV9qxNtIfaPOrcpLSx/hg4",
  "a26w15eEw6Pb40OZX+hjDhQ9IO1Ha9ROOwWPFg/a8npSY3mes85DOwlXligBcBNu8+gw7/f/vcC36tSpJuq7mKfGqByS",
  "d5Lwn3MholsfUjO9FKNUgAD+9V3ufhiKKL6K3HEye7e3I4BcAJTf/JJ5wHEhyt+STzgpVZgHhRdryhxfj4hkYLEQj4l2",
  "rtPlTdH9DxakzN5WoN0ZS8wFSxtCS8CpI9icVSidKlAbRR7p3PJ12oeUvi5he0TR9rSoIQBFZ2bSVfRidXFAi2JOW6U5",
  "RH77L6TUMy4BUcmis5bOOPfm8clxLlkVsXXtQ4ijvQuVS7TEcsJLCVV+9dDoSSw32SVCJpWsVin9xJRr6aDdC3JkxmYU",
  "seVFAgMUrovlgEHaW+CFIKay6QRAe/JIwwVIuSghAkTX6n1epOZTsovRzfA69XLGwpoTRymKxbU7/gSpkCpUC5yLRzxQ",
  "EsvoI7AmZXEoZUFUGYn9kOJlb9cZcwu33qKYtpjyTLN7z9KAsBTtHqZsnz24gPZ2WgAQncmlbrmGe64sSZTkh/+MrJDC",
  "hf7jvbYfPV2sNd2sMrLnP/g0x8TlW9REiiKKm8iasdiox//Ne0dz7LeF39Js8J7bqsATo0jkUzRMcTYpVITBQeD6ueoA",
  "HcmLteLVj4miokYe9keF83HnIM5dPIrPyHZSHTIjpdjNDioYQfsvU0MdQm2rN7HoA0lQ7Va70X7qplfUxx4QGIKDF0cW",
  "JkOPi25QVnUeLFHCJDOGANJ2HodHELaadUMHZQIo/iliZ5dv3QUJFn7YASrn6nrvpa56V4N9ptwJfeGXj1hRECWBC2W9",
  "cuAccHJwrno+WetQCSG0NY1jeb406fcg+VNI6LOw0UbqkmGUoMdQHiQx6ibB6sVzLXy/7OfD69zkKXH+5r2igLiQFW0d",
  "kPt9rBFfaq/XMbnGLJrPCRU6+Lt2uhTj+E0usSKGTDYevFcGezRYmviJX56MyILfntDlX/IedKRA860kqRbFSJDpyIcs",
  "iR3/0/4n5Eh04E8nZfpqkF71w1mMX5CR944fsigS5s9+W8tn4cEK8Y+OMraJ6sXfLhkXI/px43OmHdpTp+jfxZyO/a2z",
  "+StCh1ZFFRzgueds09aRa7GFD3cgnra43aI78k+I4idadWw99jiQ8hzKGFqkbHDb+6n5t3LrEoYNNBl9aWqjdxLvXD5J",
  "Gv42bCRDBkWmF8NYGmpuY0No17hVq7ohYOiZxyikuuWXt31Ro/LDgSLLwtwzVretQSttb0IuvSlIrisqOQMda4R69+VC",
  "vjyshNRp/j86lXN8BPNEul9aujOahxSa8vcmLiz0w4+WAI7WPk8y8CYKao+2ITVZrxd+SBFuDm+1JaqcWz0KkxnoCP5d",
  "8W9GQyYCO3l4EJDjrkVnpuGksPEAE3UDD6oao0f2i6nqeUM9z9N5jhFlMHczoeWd14UDUmye7yqi2q3VUwrhg/R7A2/v",
  "S8IhJ6PAMu9iqKnw3oeAVRrC3A0A3YpkAmfCJUYmJSvjLntM2eSKcOxQWWjh70w5fsAstDbU+8zQ8XX3GxuWKKSuV0Qp",
  "+LifvEsI93oR02T18bWV3UIppww2WuEfIvO77SxRIxsgYRDsOk0TCloGVKHbpPejtiaKeaCc+2re+jnyMiVNFAEBVsUC",
  "UOuW1p03SxskRe4+uPNZj2uM+ixHEFjLyUtzx91wkSl6qbBP22XaYrekvrOHD7O93dDL3sadi4g63BNrjcmwNfZuifEe",
  "hUDmGhr6M0snwaYAMACdD0TGCLLeXq+heRz4xGf//tVgfkzDxiTETfgTzzDVjcVpvF8uLf9l4cH8yS0X2beGhXR3lwsY",
  "iAAjur3xxkgmzTKMG7Bta/cYtSw7TyXLnaGcQR/iKUs/yApLHwI6tTp0nz4jFBcOZ4TRTLqB+57J1Vh0Pc+hksWQpQPY",
  "Cflq431CrJpzGBpcW3T0/d28Gf47/5l+bTZLZZZG3Zk+GZME9VwcETw7ffrQywjzX9wMfplB/Pq9Gq0pnsMstbzwLT2M",
  "njLsWqYql7HQF75s3QZJJ71iq0lrJO22UbPc/S7PMUhjycP1URNtrXbELOTO8dtrvIHLcQgdf8tIByNmeLAruJGKVAvg",
  "5nti/r3PvxwMaTHFM4XvjrfueS2gKnCi38MvyWeHl7UoCLurZjCGrNwP30fmyWJfizbnL0hD3bs6x+JkJ8jHry0LZlIr",
  "dUzfGMlASyOVonXtAvRT4fh9Bkl4jv/Xk9oruntK+o8o/KTyYVoXUHhrXMz4c2DyFB+37aTrKs0f1+ZmNPSvQjJuqaLV",
  "QMJQWZeEd3zh8etXoY/wncSceIs8HxgoEWwIHax8EkBSwFP8foTekYdiA0nrFqxnEpactSkbozJDOUp99ypvUnklp+FM",
  "hpEzgEJDhLHkLx7Jt+pWVDqPA7kY1huTamjbFiRufZu4NI4a3HE7pHqBLGpKFpCD2QVrao7M/gt/2Q+ZA+Z87SGUerAA",
  "uOZLjEKd9uGa7NlOlxDKzaGgfIQewDu0aFngiWa4BnWFSiX5ucQjOaOELtF3PAjGkbSguDkrWNtN5zuShj4QSJtFvss8",
  "WXTlAgcOlMuH3dmJZZlAikZIBsTL1TGkw1aMKkRBudtVpFIXUxGTOEarbBfOgZdudZx2zhYXVJHOA8TnWYFIr6RfzFT3",
  "lL9wvhdkHkRWw6PyRiaVEzvo6WprM0TkpaDWIW3vfeiEs55XZ5HeU8N159RXMnFm+X9XeOOHn10y2v29NKP/Y1Gdbocs",
  "CoFNDat39Ae9yQQA",
]);

/** `stripes(96, 80)` at quality 20. */
export const COARSE: Uint8Array = bytesOf([
  "UklGRqwEAABXRUJQVlA4IKAEAACQHACdASpgAFAAPyWAslOuKKSitnbdUcAkiWwAnTKErr946CnoXxxkwT9/g2RP8l4A",
  "/R1/x/TH6KfPAf6P9qnN68KMaHRyMVWs/68BH4Bt/5yHtAF5NOBvfT274D7YIyrVc34/JmjuUlmOq/5mEZgFwDZx0xbM",
  "OyEtxra3NtKIQoFW5LFd+5QuCSd5OKtktIjCvliVagaoeW1HO+xG6rin9zjncD37rRDXC8AGH5nGAh352b6xNtZ0DsCK",
  "glXfbjrl6kCW/eGjNmH0XTSRgr4foURFg0+QdTYk8C6A2tJdTEDMUwUij2DEnOZMQ8AA/re/of29rcgEjezOdGG4LHhg",
  "scel4YM+WOPLU4AWJ6Eq8EX9rVLulJrxerM1Bfl6ImpB+BGM/lDhZMERqKWT3VWo3P3iEDK6/zxfjNgv4HoQ9D08Nwqg",
  "Acs1NWaofh8ZCi0t9oO25LinaMJKFB0ZTVClbLClg1ykjWdccYd5Sq43CUMH8QOb9O73cxvvFsz6sD23PQgfKdrJ3qon",
  "O84P8nRfFlJvZMXS6v/yFCkM7KlNxpcc1BdZmoUtpKHiJjAAwDjOAuHRvdaz4o0RLHHz/WJCst8n2k5I7tIDyVBhHa4v",
  "A6362CaZ0jw+rUuysn5c3fOIq+chy27yKQg0E/Xxa2TV+GMFz60/PO7CIlSH7F9tIVHhax3toZwXOPCKjFLxB2zpk+kp",
  "WFiRcEkTOoTmjwK1DpYlpfot6DloXG36KUZFLH00Jbzh7D2eTb+HmsijnsD/CDBYhm2gkQJEIGs6YcOHcVnhpdjd2u2u",
  "G8ph8blgIvRrZZYGfweqchESHHZcOjLsbV82yT+QmIXriwEiG6yONKPgR9Ih0iLaxkqdMX4oqAo0RCptgUUlCeit95H5",
  "me5xSvQHhH/5b+Xpp1hSg/oM6r31S2adiO9viLNshQBYemqw7C4pjjt2U/2r5FwcQDVp6it95cUzqyiq1Zb0O3wAqy8F",
  "JpiEHVfsPJItckQHQYGs0itOYIr2rp8hmd9tIar0Ys23unQDwGY0MTqihy8EoH+iLlSFGAli/vYFdHKY09EXo6Rdkrhc",
  "JS5/M3Qq4I3WJOMNTd9S0/XepLpW8FBUzQDamIP/OOlPp38cTAaKZ8Uhre9ACDUKFRhJGjePF9HnpbSb2RwVzqkQjYFQ",
  "lOtFqJ/5nTaXH1YJ8kfEIKO8tWRoHWfY/6wuaBJGp+Ib2GOzdTRN/Me5yUfRq9RofL+ZWmjY/E0glYHRWenz7Zcv/qZB",
  "c31ILzmJtTyybAwVNXA6LhUAJLPisiwkuIS8Z8OXrcfC7yY5eWf5uLSKdU8TJwBY9+0SKLrpIyGUPXrid+eMmWm95uZa",
  "P6cm6FiaMeutNpL93tW3R6T8sK0CbP18Y5I3mi0kaf5ORoaR/IIaYREZPIYpmFS24p92miY9NkRshfNduqKXUByfn5YW",
  "u7WCZxKwNRTGKIfgOkpNodu2vlMoSD1kG3bFlTzuFMieh5YTtzgfo9D8wY5zDS8641fj7zrMnO0f49Jq/+4YHDmDcaEb",
  "R/2eJsGtZkieoJYqZjhCQZFqZIPUu0q0UZN7XAAAAA==",
]);

/** `testPicture(33, 17)` at quality 50. */
export const SMALL: Uint8Array = bytesOf([
  "UklGRsIAAABXRUJQVlA4ILYAAABwBQCdASohABEAPtFapU0oJSOiKqoBABoJaACdMwS6p3UCZCkqdcUh7fbXV3wub9ez",
  "8jmgAP7zG/ioQirb/7wRNQsFjhsDtaWfGIW5cwvCsxzfX3rQG5v8rKQfCKssZNKIMUFuHOv9R7GEm4/of1vIqOCxuJc6",
  "3nUfSlHmXpwW0/trWenmiztOeBrp6C0NGRnzEQhji9UxI9CAXy03kyodyajdEjbHw6TCnGZmCacgS7wFrIAAAA==",
]);
