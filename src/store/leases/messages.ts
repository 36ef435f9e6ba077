import { type Reader, WireError, type Writer } from "../../wire/index.ts";
import { hexBytes, readRoot } from "../fields.ts";
import { HASH_BYTES } from "../merkle.ts";
import type { Wish } from "./lease-book.ts";
import { LEASE_PAGE_OBJECTS } from "./limits.ts";

/** The types of lease messages; the numbers are the bytes on the wire. */
export const LEASE_TYPE = {
  renew: 48,
  renewed: 49,
  leases: 50,
  wishes: 51,
  adopt: 52,
  adopted: 53,
} as const;

const WISHES: readonly Wish[] = ["unknown", "keep", "drop"];

/** What owners and holders say to each other about leases. */
export type LeaseMessage =
  /** The owner believes to have the objects of this digest with the holder, and wants them all. */
  | { readonly t: "renew"; readonly digest: Uint8Array }
  /** They are kept for so long at least, if nothing more is heard. */
  | { readonly t: "renewed"; readonly seconds: number }
  /** The digest is another one: what the holder keeps for the owner, in ascending order. */
  | { readonly t: "leases"; readonly roots: readonly string[]; readonly isLast: boolean }
  /** What the owner wants of each of them. */
  | { readonly t: "wishes"; readonly wishes: readonly Wish[] }
  /** Objects that others brought there for the owner, who wants them. */
  | { readonly t: "adopt"; readonly roots: readonly string[] }
  /** Which of them are there and kept. */
  | { readonly t: "adopted"; readonly kept: readonly boolean[] };

/** Writes what follows the type. */
export function writeLeaseBody(writer: Writer, message: LeaseMessage): void {
  switch (message.t) {
    case "renew":
      writer.bytes(message.digest);
      break;
    case "renewed":
      writer.u32(message.seconds);
      break;
    case "leases":
      writer.u8(message.isLast ? 1 : 0);
      for (const root of message.roots) writer.bytes(hexBytes(root));
      break;
    case "wishes":
      for (const wish of message.wishes) writer.u8(WISHES.indexOf(wish));
      break;
    case "adopt":
      for (const root of message.roots) writer.bytes(hexBytes(root));
      break;
    case "adopted":
      for (const isKept of message.kept) writer.u8(isKept ? 1 : 0);
      break;
  }
}

/** How the bodies are read, by type. */
export const LEASE_READERS: readonly (readonly [number, (reader: Reader) => LeaseMessage])[] = [
  [LEASE_TYPE.renew, (r: Reader): LeaseMessage => ({ t: "renew", digest: r.bytes(HASH_BYTES) })],
  [LEASE_TYPE.renewed, (r: Reader): LeaseMessage => ({ t: "renewed", seconds: r.u32() })],
  [
    LEASE_TYPE.leases,
    (r: Reader): LeaseMessage => {
      const isLast = readFlag(r);
      return { t: "leases", isLast, roots: readRoots(r) };
    },
  ],
  [
    LEASE_TYPE.wishes,
    (r: Reader): LeaseMessage => ({ t: "wishes", wishes: readMany(r, r.left, readWish) }),
  ],
  [LEASE_TYPE.adopt, (r: Reader): LeaseMessage => ({ t: "adopt", roots: readRoots(r) })],
  [
    LEASE_TYPE.adopted,
    (r: Reader): LeaseMessage => ({ t: "adopted", kept: readMany(r, r.left, readFlag) }),
  ],
];

function readMany<T>(reader: Reader, count: number, read: (reader: Reader) => T): T[] {
  if (count <= LEASE_PAGE_OBJECTS) return Array.from({ length: count }, () => read(reader));
  throw new WireError("too-large", "A message about leases names too many objects.");
}

/** Ascending and none twice, so that there is one form only. */
function readRoots(reader: Reader): string[] {
  const roots = readMany(reader, Math.ceil(reader.left / HASH_BYTES), readRoot);
  if (roots.every((root, i) => root > (roots[i - 1] ?? ""))) return roots;
  throw new WireError("not-canonical", "Objects of a lease are not in ascending order.");
}

function readWish(reader: Reader): Wish {
  const wish = WISHES[reader.u8()];
  if (wish !== undefined) return wish;
  throw new WireError("out-of-range", "Unknown wish.");
}

function readFlag(reader: Reader): boolean {
  const flag = reader.u8();
  if (flag <= 1) return flag === 1;
  throw new WireError("out-of-range", "A flag is neither 0 nor 1.");
}
