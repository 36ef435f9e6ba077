/** Characters that show nothing: white space, control characters, joiners, fillers, the empty Braille cell. */
const SHOWN = /[^\s\p{Cc}\p{Default_Ignorable_Code_Point}\u2800]/u;

/** Whether nothing of a text can be seen: it is empty, or has only spaces, breaks and invisible characters. */
export function isBlank(text: string): boolean {
  return !SHOWN.test(text);
}
