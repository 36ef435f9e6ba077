import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect, createServer } from "node:tls";
import { expect, test } from "vitest";
import { fingerprintOf, makeCertificate } from "./certificate.ts";
import { element, integer, oid, utcTime } from "./der.ts";

const BEGIN_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
const END_MS = Date.UTC(2027, 0, 3);
const wish = {
  ...{ name: "Peernet of Änna", addresses: ["192.168.1.5", "127.0.0.1", "fd00::2"] },
  ...{ beginsAtMs: BEGIN_MS, endsAtMs: END_MS, serial: new Uint8Array(16).fill(0xff) },
};
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

test("a certificate says what was wished and is signed by its own key", () => {
  const { certificate } = makeCertificate(wish);
  const read = new X509Certificate(certificate);
  expect(read.subject).toBe("CN=Peernet of Änna");
  expect(read.issuer).toBe(read.subject);
  expect(read.subjectAltName).toBe(
    "IP Address:192.168.1.5, IP Address:127.0.0.1, IP Address:FD00:0:0:0:0:0:0:2",
  );
  expect([read.checkIP("192.168.1.5"), read.checkIP("192.168.1.6")]).toEqual([
    "192.168.1.5",
    undefined,
  ]);
  expect([Date.parse(read.validFrom), Date.parse(read.validTo)]).toEqual([BEGIN_MS, END_MS]);
  expect(read.ca).toBe(false);
  expect(read.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
  expect(read.serialNumber).toBe("FF".repeat(16));
  expect(read.verify(read.publicKey)).toBe(true);
  expect(fingerprintOf(certificate)).toBe(read.fingerprint256);
});

test("each has another key, and TLS runs with it", async () => {
  const { key, certificate } = makeCertificate(wish);
  expect(makeCertificate(wish).key).not.toBe(key);
  const server = createServer({ key, cert: certificate }, (socket) => socket.end("hello"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  // As its own authority it is believed under its address, and under no other.
  const socket = connect({ port, host: "127.0.0.1", ca: certificate });
  const [data] = (await once(socket, "data")) as [Uint8Array];
  expect([String(data), socket.authorized]).toEqual(["hello", true]);
  socket.destroy();
  const other = connect({ port, host: "127.0.0.1", servername: "evil.example", ca: certificate });
  const [error] = (await once(other, "error")) as [NodeJS.ErrnoException];
  expect(error.code).toBe("ERR_TLS_CERT_ALTNAME_INVALID");
  server.close();
});

test("lengths, integers, identifiers and times as X.690 has them", () => {
  expect(hex(element(4, new Uint8Array(127)).subarray(0, 2))).toBe("047f");
  expect(hex(element(4, new Uint8Array(128)).subarray(0, 3))).toBe("048180");
  expect(hex(element(4, new Uint8Array(256)).subarray(0, 4))).toBe("04820100");
  expect(hex(integer(Uint8Array.of(0, 0, 0x7f)))).toBe("02017f");
  expect(hex(integer(Uint8Array.of(0x80)))).toBe("02020080");
  expect(hex(integer(Uint8Array.of(0)))).toBe("020100");
  expect(hex(oid("1.2.840.10045.4.3.2"))).toBe("06082a8648ce3d040302");
  expect(Buffer.from(utcTime(BEGIN_MS)).toString("latin1", 2)).toBe("260102030405Z");
});
