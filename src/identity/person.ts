import { concatBytes, utf8 } from "../base/bytes.ts";
import type { CryptoSuite } from "../crypto/suite.ts";
import { personIdOf } from "./address.ts";
import { IdentityError } from "./errors.ts";
import { VOUCHERS_MAX } from "./limits.ts";
import { keyPairsOf } from "./seeds.ts";
import type { LocalIdentity, PersonCertificate, PersonKeys, Voucher } from "./types.ts";

const CERTIFICATE_LABEL = utf8("peernet person certificate v1");
const VOUCHER_LABEL = utf8("peernet device voucher v1");
/** One list for the thousands of certificates that a person signed. */
const DIRECT: readonly Voucher[] = [];

/**
 * A person's keys from the entropy behind their 24 words.
 * @throws IdentityError("bad-seed") unless it has 32 bytes
 */
export function derivePerson(suite: CryptoSuite, entropy: Uint8Array): PersonKeys {
  const { signKey, dhKey } = keyPairsOf(suite, "peernet person v1", entropy);
  return { personId: personIdOf(suite, signKey.publicKey), signKey, dhKey };
}

/** What a certificate is about: both keys of the person, 32 bytes each. */
export type PersonPublicKeys = Pick<PersonCertificate, "signKey" | "dhKey">;

/** The person's own word that the device with this sign key acts for them. */
export function certifyDevice(
  suite: CryptoSuite,
  person: PersonKeys,
  deviceSignKey: Uint8Array,
): PersonCertificate {
  const signKey = person.signKey.publicKey;
  const dhKey = person.dhKey.publicKey;
  return {
    personId: personIdOf(suite, signKey),
    signKey,
    dhKey,
    signature: person.signKey.sign(signedPart(CERTIFICATE_LABEL, signKey, dhKey, deviceSignKey)),
    via: DIRECT,
  };
}

/**
 * A certificate for another device: by the person's own key where this device holds it, else by
 * this device.
 * @throws IdentityError("bad-certificate") where too many devices are in between already
 */
export function vouchForDevice(
  identity: Pick<LocalIdentity, "person" | "certificate" | "signKey">,
  deviceSignKey: Uint8Array,
): PersonCertificate {
  const { certificate, person } = identity;
  const { signKey, dhKey } = certificate;
  if (person.root !== undefined) {
    const signature = person.root.sign(
      signedPart(CERTIFICATE_LABEL, signKey, dhKey, deviceSignKey),
    );
    return { ...certificate, signature, via: DIRECT };
  }
  if (certificate.via.length >= VOUCHERS_MAX) {
    throw new IdentityError(
      "bad-certificate",
      "This device was itself added by a device that another one added. Use one of those.",
    );
  }
  const signature = identity.signKey.sign(signedPart(VOUCHER_LABEL, signKey, dhKey, deviceSignKey));
  const voucher: Voucher = { signKey: identity.signKey.publicKey, signature };
  return { ...certificate, via: [...certificate.via, voucher] };
}

/** Whether the person in the certificate, or devices they trust, said so of the device with this key. */
export function verifyCertificate(
  suite: CryptoSuite,
  certificate: PersonCertificate,
  deviceSignKey: Uint8Array,
): boolean {
  const { personId, signKey, dhKey, signature, via } = certificate;
  if (personId !== personIdOf(suite, signKey) || via.length > VOUCHERS_MAX) return false;
  const chain = [...via.map((voucher) => voucher.signKey), deviceSignKey];
  return chain.every((device, at) => {
    const voucher = via[at - 1];
    return voucher === undefined
      ? suite.verify(signKey, signedPart(CERTIFICATE_LABEL, signKey, dhKey, device), signature)
      : suite.verify(
          voucher.signKey,
          signedPart(VOUCHER_LABEL, signKey, dhKey, device),
          voucher.signature,
        );
  });
}

function signedPart(
  label: Uint8Array,
  signKey: Uint8Array,
  dhKey: Uint8Array,
  device: Uint8Array,
): Uint8Array {
  return concatBytes(label, signKey, dhKey, device);
}
