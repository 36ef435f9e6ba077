/** Entities that are turned into characters; others stay as they are. */
const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
};
/** Elements whose content nobody reads. */
const UNREAD: ReadonlySet<string> = new Set(["script", "style", "noscript", "template", "svg"]);
/** Elements that stay, without their attributes. */
const KEPT: ReadonlySet<string> = new Set(
  "h1 h2 h3 h4 h5 h6 p ul ol li dl dt dd table tr td th blockquote pre code em strong b i br hr".split(
    " ",
  ),
);

/** A tag: its name, whether it closes, its attributes; and where the text goes on. */
interface Tag {
  readonly name: string;
  readonly closes: boolean;
  readonly attributes: string;
  readonly to: number;
}

/** The tag at a "<", or undefined where it is none. */
function tagAt(html: string, at: number): Tag | undefined {
  if (html.startsWith("<!--", at)) {
    const end = html.indexOf("-->", at + 4);
    return { name: "", closes: false, attributes: "", to: end < 0 ? html.length : end + 3 };
  }
  // Looked at first, so that a text full of "<" is not searched to its end for each.
  if (!/[a-zA-Z/!?]/.test(html.charAt(at + 1))) return undefined;
  const end = html.indexOf(">", at);
  const inside = html.slice(at + 1, end < 0 ? html.length : end);
  const match = /^(\/?)([a-zA-Z][a-zA-Z0-9:-]*)/.exec(inside);
  const name = (match?.[2] ?? "").toLowerCase();
  const attributes = inside.slice(match?.[0].length ?? 0);
  return { name, closes: match?.[1] === "/", attributes, to: end < 0 ? html.length : end + 1 };
}

/** Is told of the parts of a page in order. */
interface PageVisitor {
  text(text: string): void;
  tag(tag: Tag): void;
}

/** Goes through a page once; scripts and styles are left out. */
function walkPage(html: string, visitor: PageVisitor): void {
  for (let at = 0; at < html.length; ) {
    const open = html.indexOf("<", at);
    const tag = open < 0 ? undefined : tagAt(html, open);
    if (!tag) {
      // A "<" that opens no tag is a character like others.
      const end = open < 0 ? html.length : open + 1;
      visitor.text(html.slice(at, end));
      at = end;
      continue;
    }
    if (open > at) visitor.text(html.slice(at, open));
    at = tag.to;
    if (!tag.closes && UNREAD.has(tag.name)) at = skipElement(html, tag);
    else visitor.tag(tag);
  }
}

function skipElement(html: string, { name, to }: Tag): number {
  const close = new RegExp(`</${name}\\s*>`, "gi");
  close.lastIndex = to;
  const match = close.exec(html);
  return match ? match.index + match[0].length : html.length;
}

/** Turns the common entities into characters. */
export function decodeEntities(text: string): string {
  return text.replace(/&(#x[0-9a-f]{1,6}|#[0-9]{1,7}|[a-z]{2,6});/gi, (whole, name: string) => {
    if (!name.startsWith("#")) return ENTITIES[name.toLowerCase()] ?? whole;
    const isHex = name[1] === "x" || name[1] === "X";
    const code = Number.parseInt(name.slice(isHex ? 2 : 1), isHex ? 16 : 10);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/**
 * The readable part of a page as a page of its own: title, headings, paragraphs, lists, tables and
 * where links lead; no scripts, styles, pictures or attributes.
 */
export function readablePage(html: string): string {
  const parts: string[] = [];
  let title = "";
  let inTitle = false;
  walkPage(html, {
    text(text) {
      if (inTitle) title += text;
      else parts.push(escapeText(decodeEntities(text)).replace(/\s+/g, " "));
    },
    tag({ name, closes, attributes }) {
      if (name === "title") inTitle = !closes;
      else if (KEPT.has(name)) parts.push(closes ? `</${name}>` : `\n<${name}>`);
      else if (name === "a") parts.push(closes ? "</a>" : link(attributes));
      else if (name === "img") parts.push(pictureText(attributes));
      else if (name === "div" || name === "section" || name === "article") parts.push("\n");
    },
  });
  const lines = parts.join("").split("\n");
  const body = lines.filter((line) => line.trim() !== "").join("\n");
  const head = `<title>${escapeText(decodeEntities(title).trim())}</title>`;
  return `<!doctype html><meta charset="utf-8">${head}\n${body}\n`;
}

function attribute(attributes: string, name: string): string {
  const match = new RegExp(`\\s${name}\\s*=\\s*("[^"]*"|'[^']*'|[^\\s>]+)`, "i").exec(attributes);
  return decodeEntities((match?.[1] ?? "").replace(/^["']|["']$/g, ""));
}

/** Links lead only where a page may lead: nothing that runs. */
function link(attributes: string): string {
  const target = attribute(attributes, "href");
  if (!/^(https?:|mailto:|#|\.{0,2}\/|[\w-]+(\.[\w-]+)*(\/|$))/i.test(target)) return "<a>";
  return `<a href="${escapeText(target).replaceAll('"', "&quot;")}">`;
}

function pictureText(attributes: string): string {
  const text = attribute(attributes, "alt");
  return text === "" ? "" : ` [${escapeText(text)}] `;
}

/** The text of a document in XML: paragraphs of office formats become lines. */
export function xmlText(xml: string): string {
  const parts: string[] = [];
  walkPage(xml, {
    text(text) {
      parts.push(decodeEntities(text));
    },
    tag({ name, closes }) {
      if (closes && /:(p|h|tr|row)$|^(p|h|row)$/.test(name)) parts.push("\n");
      else if (/:(tab|tc|c)$|^c$/.test(name) && !closes) parts.push("\t");
    },
  });
  const lines = parts.join("").split("\n");
  return lines
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .join("\n");
}
