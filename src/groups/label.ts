import { utf8 } from "../base/bytes.ts";
import { GROUP_LABEL_BYTES_MAX } from "./limits.ts";
import { limits } from "./log/index.ts";

/** The form in which a text can be part of a host name: "Anna's Coop" is `anna-s-coop`. */
export function hostLabel(text: string): string {
  return text
    .normalize("NFKD")
    .toLowerCase()
    .replace(/\p{M}+/gu, "")
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, GROUP_LABEL_BYTES_MAX)
    .replace(/^-+|-+$/g, "");
}

/** A name for a group here that nothing else has: of its title, with -2, -3 … where needed. */
export function freeLabel(title: string, isTaken: (label: string) => boolean): string {
  const base = hostLabel(title) || "group";
  for (let count = 1; ; count++) {
    const tail = count === 1 ? "" : `-${count}`;
    const label = base.slice(0, GROUP_LABEL_BYTES_MAX - tail.length).replace(/-+$/, "") + tail;
    if (!isTaken(label)) return label;
  }
}

/** What a member is called in a group: their name, cut to what fits. */
export function labelOf(name: string): string {
  let label = name.replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]+/gu, " ").trim();
  while (utf8(label).length > limits.LABEL_BYTES_MAX)
    label = [...label].slice(0, -1).join("").trim();
  return label === "" ? "somebody" : label;
}
