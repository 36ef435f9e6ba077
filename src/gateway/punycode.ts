const PREFIX = "xn--";
const [BASE, T_MIN, T_MAX, SKEW, DAMP, BIAS_FIRST, FIRST] = [36, 1, 26, 38, 700, 72, 128];

/**
 * A label of a host name as people write it: what browsers send for letters beyond a to z, such as
 * `xn--jrg-sna`, is read back (RFC 3492 section 6.2). What is no such label stays as it is.
 */
export function fromPunycode(label: string): string {
  if (!label.startsWith(PREFIX)) return label;
  const text = label.slice(PREFIX.length);
  const split = text.lastIndexOf("-");
  const letters = [...text.slice(0, Math.max(split, 0))];
  return insertLetters(letters, text.slice(split + 1)) ? letters.join("") : label;
}

function insertLetters(letters: string[], digits: string): boolean {
  let [code, index, bias] = [FIRST, 0, BIAS_FIRST];
  for (let at = 0; at < digits.length; ) {
    const before = index;
    let weight = 1;
    for (let step = BASE; ; step += BASE) {
      const digit = digitOf(digits[at++]);
      if (digit === undefined) return false;
      index += digit * weight;
      const threshold = Math.min(Math.max(step - bias, T_MIN), T_MAX);
      if (digit < threshold) break;
      weight *= BASE - threshold;
      // A label of 63 letters gives no more digits than numbers can hold.
      if (!Number.isSafeInteger(index + weight * BASE)) return false;
    }
    const count = letters.length + 1;
    bias = adapt(index - before, count, before === 0);
    code += Math.floor(index / count);
    index %= count;
    if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return false;
    letters.splice(index++, 0, String.fromCodePoint(code));
  }
  return true;
}

function digitOf(letter: string | undefined): number | undefined {
  if (letter === undefined) return undefined;
  const digit = "abcdefghijklmnopqrstuvwxyz0123456789".indexOf(letter);
  return digit < 0 ? undefined : digit;
}

function adapt(difference: number, count: number, isFirst: boolean): number {
  let delta = Math.floor(difference / (isFirst ? DAMP : 2));
  delta += Math.floor(delta / count);
  let steps = 0;
  for (; delta > ((BASE - T_MIN) * T_MAX) / 2; steps += BASE) {
    delta = Math.floor(delta / (BASE - T_MIN));
  }
  return steps + Math.floor(((BASE - T_MIN + 1) * delta) / (delta + SKEW));
}
