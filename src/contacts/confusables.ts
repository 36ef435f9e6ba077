/**
 * Letters that look like Latin ones: of Cyrillic, Greek, Armenian and Latin itself (a selection of
 * Unicode's confusables.txt, UTS #39). Keys are lower case, but for the capital I.
 */
const LOOKS_LIKE: Readonly<Record<string, string>> = {
  ...{ а: "a", в: "b", с: "c", ԁ: "d", е: "e", ё: "ë", һ: "h", і: "i", ї: "ï", ј: "j", к: "k" },
  ...{ м: "m", н: "h", о: "o", р: "p", ԛ: "q", ѕ: "s", т: "t", у: "y", х: "x", ѵ: "v", ԝ: "w" },
  ...{ α: "a", β: "b", ε: "e", η: "n", ι: "i", κ: "k", ν: "v", ο: "o", ρ: "p", τ: "t", υ: "u" },
  ...{ χ: "x", γ: "y", ո: "n", օ: "o", ս: "u", հ: "h", ց: "g", զ: "q" },
  ...{ ı: "i", ɑ: "a", ɡ: "g", ꞵ: "b", ʟ: "l", ⅼ: "l", I: "l", "1": "l", "|": "l", "0": "o" },
  ...{ ƽ: "s", ⲟ: "o", ɩ: "i", "-": "-", "‐": "-", "‑": "-", "–": "-", "—": "-", _: "-" },
};

/** Characters that show nothing: joiners, fillers, selectors of variants, the empty Braille cell. */
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\u2800]/gu;

/**
 * What a name looks like: two names with one skeleton are easily taken for each other (the idea of
 * UTS #39 section 4, with a map of our own). For comparing names that this person has; it is no
 * name itself.
 */
export function skeleton(name: string): string {
  const seen = name.normalize("NFKC").replace(UNSEEN, "").trim();
  const plain = [...seen].map(
    (character) => LOOKS_LIKE[character] ?? LOOKS_LIKE[character.toLowerCase()] ?? character,
  );
  return plain
    .join("")
    .toLowerCase()
    .replaceAll("rn", "m")
    .replaceAll("vv", "w")
    .replace(/\s+/gu, " ");
}
