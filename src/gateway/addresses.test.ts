import fc from "fast-check";
import { expect, test } from "vitest";
import { isInRange, isInternet, parseIp, parseRange } from "./addresses.ts";

test.each([
  ...["0.0.0.0", "127.0.0.1", "127.255.255.254", "10.1.2.3", "172.16.0.1", "172.31.255.255"],
  ...["192.168.1.1", "169.254.169.254", "169.254.1.1", "100.64.0.1", "224.0.0.1", "239.1.2.3"],
  ...["240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.9"],
  ...["::", "::1", "fe80::1", "febf::1", "fc00::1", "fd12:3456::1", "ff02::1", "2001:db8::1"],
  ...["::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "64:ff9b::10.0.0.1"],
  ...["2002:a00:1::1", "2002:7f00:1::", "2001::1", "3fff::1", "100::1", "4000::1"],
  ...["localhost", "", "1.2.3", "01.2.3.4", "1.2.3.256", "fe80::1%eth0", "2130706433", "0x7f.1"],
])("%s is not the internet", (address) => {
  expect(isInternet(address)).toBe(false);
});

test.each([
  ...["1.1.1.1", "8.8.8.8", "93.184.216.34", "172.15.0.1", "172.32.0.1", "100.128.0.1"],
  ...["2606:4700::1111", "2a00:1450:4001::200e", "2002:808:808::1", "64:ff9b::8.8.8.8"],
  ...["::ffff:8.8.8.8", "223.255.255.254", "11.0.0.0"],
])("%s is the internet", (address) => {
  expect(isInternet(address)).toBe(true);
});

test.each([
  ["192.168.1.0/24", "192.168.1.77", true],
  ["192.168.1.0/24", "192.168.2.1", false],
  ["192.168.1.0/24", "::ffff:192.168.1.5", true],
  ["10.0.0.5", "10.0.0.5", true],
  ["10.0.0.5", "10.0.0.6", false],
  ["fd00:1::/33", "fd00:1:7fff::1", true],
  ["fd00:1::/33", "fd00:1:8000::1", false],
  ["0.0.0.0/0", "::1", false],
])("%s has %s: %s", (range, address, isIn) => {
  const bytes = parseIp(address);
  expect(bytes && isInRange(bytes, parseRange(range))).toBe(isIn);
});

test.each(["", "x", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/1x", "::/129", "10.0.0.0/"])(
  "'%s' is no range",
  (text) => {
    expect(() => parseRange(text)).toThrow("no range of addresses");
  },
);

test("an IPv6 address written in full is read alike", () => {
  const groups = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 });
  fc.assert(
    fc.property(groups, (numbers) => {
      const bytes = parseIp(numbers.map((one) => one.toString(16)).join(":"));
      expect(bytes).toEqual(Uint8Array.from(numbers.flatMap((one) => [one >> 8, one & 0xff])));
    }),
  );
});
