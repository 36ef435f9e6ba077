import { randomBytes } from "node:crypto";
import type { Home, StoredIdentity } from "../../adapters/node/home.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import { checkName, deriveDevice, entropyToWords, IdentityError } from "../../identity/index.ts";
import { nameFor } from "./name.ts";

/** The identity of a home, and its recovery words as long as nobody has been shown them. */
export interface FirstIdentity {
  readonly stored: StoredIdentity;
  readonly newWords: readonly string[] | undefined;
}

/**
 * Takes the identity of a home, or makes one: a random device, and a random person unless
 * `personEntropy` brings one back. A `name` that differs is kept.
 * @throws AdapterError("bad-identity" | "io"), IdentityError where the name is not usable
 */
export async function takeIdentity(
  home: Home,
  suite: CryptoSuite,
  options: { readonly name: string | undefined; readonly personEntropy?: Uint8Array },
): Promise<FirstIdentity> {
  const known = home.identity;
  const wanted = options.name ?? home.config.name;
  if (wanted === "") {
    throw new IdentityError("bad-name", "A name has at least one character: --name NAME.");
  }
  if (wanted !== undefined) checkName(wanted);
  if (known !== undefined) {
    const entropy = known.wordsShown === false ? known.personEntropy : undefined;
    const unseen = entropy && entropyToWords(entropy);
    if (wanted === undefined || wanted === known.name) return { stored: known, newWords: unseen };
    const renamed = { ...known, name: wanted };
    await home.writeIdentity(renamed);
    return { stored: renamed, newWords: unseen };
  }
  const deviceSeed = new Uint8Array(randomBytes(32));
  const personEntropy = options.personEntropy ?? new Uint8Array(randomBytes(32));
  const name = wanted ?? nameFor(deriveDevice(suite, deviceSeed).id);
  const isRestored = options.personEntropy !== undefined;
  const identity = { deviceSeed, personEntropy, name };
  const stored: StoredIdentity = isRestored
    ? { ...identity, wordsConfirmed: true, broughtBack: { how: "words" } }
    : { ...identity, wordsShown: false };
  await home.writeIdentity(stored);
  return { stored, newWords: isRestored ? undefined : entropyToWords(personEntropy) };
}
