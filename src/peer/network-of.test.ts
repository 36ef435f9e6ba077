import { expect, test } from "vitest";
import { networkOf } from "./network-of.ts";

test.each([
  ["udp://203.0.113.9:1", "203.0.113.0/24"],
  ["tcp://203.0.114.9:65535", "203.0.114.0/24"],
  ["udp://[::ffff:203.0.113.77]:9", "203.0.113.0/24"],
  ["udp://[2a01:4f8:c17:1::2]:5", "2a01:4f8:c17::/48"],
  ["tcp://[2A01:04F8:0C17:2:3:4:5:6]:5", "2a01:4f8:c17::/48"],
  ["udp://[2a01::7]:5", "2a01:0:0::/48"],
])("%s lies in %s", (endpoint, network) => {
  expect(networkOf(endpoint)).toBe(network);
});

test("private addresses, names and what is no address lie in no network", () => {
  const private4 = ["10.1.2.3", "172.16.0.1", "172.31.9.9", "192.168.1.4", "169.254.7.7"];
  const other4 = ["127.0.0.1", "0.0.0.0", "100.64.0.1", "100.127.255.1", "224.0.0.1"];
  for (const address of [...private4, ...other4]) {
    expect([address, networkOf(`udp://${address}:1`)]).toEqual([address, undefined]);
  }
  for (const address of ["fe80::1%eth0", "fd00::2", "::1", "::", "ff02::1", "2a01:4f8:c17"]) {
    expect([address, networkOf(`udp://[${address}]:1`)]).toEqual([address, undefined]);
  }
  for (const text of ["", "sim://a", "udp://host.example:5", "udp://1.2.3.4", "1.2.3.4:5"]) {
    expect([text, networkOf(text)]).toEqual([text, undefined]);
  }
  // The neighbours of what is private are not.
  for (const address of ["172.15.0.1", "172.32.0.1", "100.63.0.1", "100.128.0.1", "192.167.1.1"]) {
    expect(networkOf(`udp://${address}:1`)).toBeDefined();
  }
});
