import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
} from "node:crypto";
import { concatBytes, utf8 } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import { parseIp } from "../../gateway/index.ts";
import { bitString, element, integer, oid, TAG, utcTime } from "./der.ts";

/** A key and the certificate that it signed for itself, as PEM. */
export interface KeyAndCertificate {
  readonly key: string;
  readonly certificate: string;
}

/** What a certificate says. */
export interface CertificateWish {
  readonly name: string;
  /** Addresses that it is for, IPv4 and IPv6. */
  readonly addresses: readonly string[];
  readonly beginsAtMs: number;
  /** Before 2050. */
  readonly endsAtMs: number;
  /** 16 random bytes. */
  readonly serial: Uint8Array;
}

const ECDSA_WITH_SHA256 = element(TAG.sequence, oid("1.2.840.10045.4.3.2"));
const COMMON_NAME = oid("2.5.4.3");
const CRITICAL = element(TAG.boolean, Uint8Array.of(0xff));

/**
 * Makes a key (P-256) and a certificate (RFC 5280) that it signs itself, for servers only: it
 * vouches for nobody else, wherever somebody should come to trust it.
 */
export function makeCertificate(wish: CertificateWish): KeyAndCertificate {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const publicKey = createPublicKey(createPrivateKey(key));
  const name = element(
    TAG.sequence,
    element(TAG.set, element(TAG.sequence, COMMON_NAME, element(TAG.utf8String, utf8(wish.name)))),
  );
  const body = element(
    TAG.sequence,
    element(0xa0, integer(Uint8Array.of(2))), // version 3
    integer(wish.serial),
    ECDSA_WITH_SHA256,
    name,
    element(TAG.sequence, utcTime(wish.beginsAtMs), utcTime(wish.endsAtMs)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    element(0xa3, element(TAG.sequence, ...extensionsOf(wish.addresses))),
  );
  const signature = bitString(sign("sha256", body, privateKey));
  const der = element(TAG.sequence, body, ECDSA_WITH_SHA256, signature);
  return { key, certificate: pemOf(der) };
}

function extensionsOf(addresses: readonly string[]): readonly Uint8Array[] {
  const names = addresses.map((address) =>
    element(0x87, must(parseIp(address), "the addresses of a certificate are addresses")),
  );
  return [
    extension("2.5.29.19", true, element(TAG.sequence)), // no authority over others
    extension("2.5.29.15", true, bitString(Uint8Array.of(0x80), 7)), // signs handshakes
    extension("2.5.29.37", false, element(TAG.sequence, oid("1.3.6.1.5.5.7.3.1"))), // a server's
    extension("2.5.29.17", false, element(TAG.sequence, ...names)),
  ];
}

function extension(id: string, isCritical: boolean, value: Uint8Array): Uint8Array {
  const critical = isCritical ? CRITICAL : new Uint8Array();
  return element(TAG.sequence, concatBytes(oid(id), critical, element(TAG.octetString, value)));
}

function pemOf(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

/** The SHA-256 of a certificate as browsers show it: `AB:CD:…`. */
export function fingerprintOf(certificate: string): string {
  const base64 = certificate.replace(/-----[^-]+-----|\s/g, "");
  const hash = createHash("sha256").update(Buffer.from(base64, "base64")).digest("hex");
  return (hash.toUpperCase().match(/../g) ?? []).join(":");
}
