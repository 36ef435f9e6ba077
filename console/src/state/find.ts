/** Whether every word that is looked for stands in one of the texts; large and small letters are alike. */
export function hasWords(query: string, texts: readonly string[]): boolean {
  const text = texts.join("\n").toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
