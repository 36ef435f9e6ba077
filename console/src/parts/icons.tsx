import type { JSX } from "preact";

const PATHS = {
  map: "M12 12 5.5 6M12 12l6-5M12 12l-4 6M12 12l6 5M12 14.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM5 7a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3ZM19 8a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3ZM7.5 20a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3ZM19 19a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3Z",
  people:
    "M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM3 19.5c.4-3.3 2.9-5.5 6-5.5s5.6 2.2 6 5.5M16 5a3.2 3.2 0 0 1 0 6.200M17.5 14.300c2 .8 3.3 2.7 3.6 5.2",
  drive: "M4 7.5 12 3.5l8 4v9l-8 4-8-4v-9ZM4 7.5l8 4 8-4M12 11.5v9M8 5.5l8 4",
  status: "M3 12h4l3-7 4 14 3-7h4",
  copy: "M9 9h10v11H9zM5 15V4h10",
  check: "M5 12.5 10 17.5 19.5 7",
  send: "M4.5 12 20 4.5 15.5 20l-3.5-6.5L4.5 12ZM12 13.5 20 4.5",
  back: "M14.5 5.5 8 12l6.5 6.5",
  close: "M6 6l12 12M18 6 6 18",
  plus: "M12 5v14M5 12h14",
  link: "M10 14a4 4 0 0 0 5.7 0l3-3a4 4 0 0 0-5.7-5.700l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.700l1-1",
  download: "M12 4v11M7 10.5l5 5 5-5M5 20h14",
  upload: "M12 20V9M7 13.5l5-5 5 5M5 4h14",
  repair:
    "M14.5 6.5a4 4 0 0 1 5-1l-2.5 2.5 1 2 2 1 1-2.5a4 4 0 0 1-5.5 4L9 19a2.1 2.1 0 0 1-3-3l6.5-6.5a4 4 0 0 1 2-3Z",
  hint: "M12 8v5M12 16.5v.01M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z",
  problem:
    "M12 9v5M12 17v.01M10.5 4 2.5 18.5A1.5 1.5 0 0 0 4 20.5h16a1.5 1.5 0 0 0 1.5-2L13.5 4a1.7 1.7 0 0 0-3 0Z",
  ok: "M8 12.5l3 3 5.5-6M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z",
  clock: "M12 7v5l3.5 2M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z",
  key: "M14.5 13.5a5 5 0 1 0-4-4L4 16v4h4v-2.5h2.5V15l4-1.5ZM16 8v.01",
  eye: "M2.5 12s3.5-6.5 9.5-6.5 9.5 6.5 9.5 6.5-3.5 6.5-9.5 6.5S2.5 12 2.5 12ZM12 14.8a2.8 2.8 0 1 0 0-5.600 2.8 2.8 0 0 0 0 5.600Z",
  folder: "M3.5 6.500h6l2 2.500h9v10h-17z",
  more: "M6 12v.01M12 12v.01M18 12v.01",
  groups:
    "M8 10a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM16 10a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM2.500 19c.3-3 2.500-5 5.500-5s5.200 2 5.500 5M14.500 14.500c.5-.3 1-.5 1.500-.5 3 0 5.200 2 5.500 5",
  settings:
    "M4 7h9M17 7h3M4 17h3M11 17h9M15 9.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5ZM9 19.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5Z",
  devices: "M3 5h13v9H3zM6 18h7M9.500 14v4M18 9h3v11h-5v-4",
  info: "M12 11v5.500M12 7.500v.01M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z",
  reply: "M10 6 4 12l6 6M4 12h10c3.500 0 6 2 6 6",
  clip: "M8 12.500l6-6a3 3 0 0 1 4.300 4.300l-8 8a5 5 0 0 1-7-7l7.500-7.500",
  phone: "M7.500 3h9v18h-9zM11 18h2",
  file: "M6 3.5h8l4 4v13H6zM14 3.5v4h4",
} as const;

/** Names of the drawn icons. */
export type IconName = keyof typeof PATHS;

/** A line icon in the colour of the text; says nothing to screen readers. */
export function Icon({ name }: { readonly name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
