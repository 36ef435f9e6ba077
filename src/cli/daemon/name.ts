import { wordlist } from "@scure/bip39/wordlists/english.js";
import type { PeerId } from "../../identity/index.ts";

/** A name to begin with, two words that follow from the address: says nothing about the person. */
export function nameFor(id: PeerId): string {
  const pick = (at: number): string => {
    const number = Number.parseInt(id.slice(at, at + 4), 16) % wordlist.length;
    return wordlist[number] ?? "";
  };
  return `${pick(4)}-${pick(12)}`;
}
