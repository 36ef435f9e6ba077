/**
 * A peer's number in the lottery of landmarks, 0 … 2^48-1: the lowest ones that a router hears of
 * are its landmarks. It is the tail of the address, which is a hash of the key already. There is
 * no epoch in it: that would need clocks that agree. Keys can be ground for low numbers, which
 * wins no more than the right to carry first packets.
 */
export function lotteryOf(idBytes: Uint8Array): number {
  let value = 0;
  for (let i = idBytes.length - 6; i < idBytes.length; i++) value = value * 256 + (idBytes[i] ?? 0);
  return value;
}
