import { randomBytes } from "node:crypto";
import type { Home, StoredIdentity } from "../../adapters/node/home.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import { checkName, deriveDevice, entropyToWords } from "../../identity/index.ts";
import { nameFor } from "./name.ts";

/** The identity of a home, and the recovery words where it was made just now. */
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
  if (wanted !== undefined) checkName(wanted);
  if (known !== undefined) {
    if (wanted === undefined || wanted === known.name)
      return { stored: known, newWords: undefined };
    const renamed = { ...known, name: wanted };
    await home.writeIdentity(renamed);
    return { stored: renamed, newWords: undefined };
  }
  const deviceSeed = new Uint8Array(randomBytes(32));
  const personEntropy = options.personEntropy ?? new Uint8Array(randomBytes(32));
  const name = wanted ?? nameFor(deriveDevice(suite, deviceSeed).id);
  const stored = { deviceSeed, personEntropy, name };
  await home.writeIdentity(stored);
  const newWords = options.personEntropy === undefined ? entropyToWords(personEntropy) : undefined;
  return { stored, newWords };
}
