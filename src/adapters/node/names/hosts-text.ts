/** A name and the address that it stands for, as text. */
export interface HostName {
  readonly address: string;
  readonly name: string;
}

const ADDED = " (after a line end that was missing)";
const BEGIN =
  /^# (peernet[a-z0-9_.-]*) begins: names of contacts, removed when the peer stops(?<added> \(after a line end that was missing\))?\n$/;
const OWN_LINE = /^fd[0-9a-f:]+ \S+\n$/;

/**
 * The text of a hosts file with the names of one interface in a block at its end. All other lines
 * stay as they are; each character stands for one byte.
 */
export function withNames(text: string, tag: string, names: readonly HostName[]): string {
  const others = withoutNames(text, (one) => one === tag);
  const isEnded = others === "" || others.endsWith("\n");
  const lines = [
    `# ${tag} begins: names of contacts, removed when the peer stops${isEnded ? "" : ADDED}`,
    ...names.map(({ address, name }) => `${address} ${name}`),
    `# ${tag} ends`,
  ];
  return `${others}${isEnded ? "" : "\n"}${lines.join("\n")}\n`;
}

/**
 * The text without the blocks of those interfaces. A block that a crash has cut short ends where
 * its lines end, so that nothing of anybody else's is lost.
 */
export function withoutNames(text: string, isGone: (tag: string) => boolean): string {
  let kept = "";
  let inside: string | undefined;
  for (const line of text.match(/[^\n]*\n|[^\n]+$/g) ?? []) {
    const begin = BEGIN.exec(line);
    if (begin?.[1] !== undefined && isGone(begin[1])) {
      inside = begin[1];
      if (begin.groups?.["added"] !== undefined) kept = kept.slice(0, -1);
      continue;
    }
    if (inside === undefined) {
      kept += line;
      continue;
    }
    const isEnd = line === `# ${inside} ends\n`;
    const isCut = !line.endsWith("\n");
    const isOurs = isEnd || isCut || OWN_LINE.test(line);
    if (!isOurs) kept += line;
    if (isEnd || !isOurs) inside = undefined;
  }
  return kept;
}
