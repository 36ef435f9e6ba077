// A step of vite, for what runs in Node: the command and the benches.

/**
 * A process keeps the text of what it runs; one character beyond ASCII makes V8 keep two bytes for each
 * of that file, which was four megabytes for nothing. Escapes mean the same in strings and patterns, and stand nowhere else.
 */
export const asciiOnly = {
  name: "ascii-only",
  generateBundle(_options, bundle) {
    for (const chunk of Object.values(bundle)) {
      if (chunk.type !== "chunk") continue;
      chunk.code = chunk.code.replace(/[\u0080-\uffff]/g, (unit) => {
        return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
      });
    }
  },
};
