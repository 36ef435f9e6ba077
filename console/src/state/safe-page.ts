/** What a text needs for its shape; everything else of a page goes. */
const ELEMENTS: ReadonlySet<string> = new Set(
  (
    "a abbr address article aside b bdi bdo blockquote br caption cite code col colgroup dd del details dfn " +
    "div dl dt em figcaption figure footer h1 h2 h3 h4 h5 h6 header hgroup hr i img ins kbd li main mark nav " +
    "ol p pre q rp rt ruby s samp section small span strong sub summary sup table tbody td tfoot th thead " +
    "time tr u ul var wbr"
  ).split(" "),
);

/** Elements whose content is not for reading. */
const SILENT =
  "script, style, title, template, noscript, iframe, frameset, object, embed, svg, math, " +
  "canvas, audio, video, select, textarea";

const ATTRIBUTES: ReadonlySet<string> = new Set(
  "alt title lang dir colspan rowspan start reversed open width height".split(" "),
);

/** Pictures that are within the page itself. */
const INLINED = /^data:image\/(png|jpeg|gif|webp);base64,/i;

/**
 * A foreign web page as text with its headings, lists, tables and inlined pictures: without
 * scripts, styles, links to follow, or anything that would be fetched. For a sandboxed frame under
 * this page's content security policy, which hold where this should fail.
 */
export function safePage(source: string): string {
  // What a template holds has no window: nothing in it is run, applied or fetched while it is read.
  const template = html("template");
  template.innerHTML = source;
  const { content } = template;
  for (const element of content.querySelectorAll(SILENT)) element.remove();
  for (const element of [...content.querySelectorAll("*")]) {
    if (ELEMENTS.has(element.localName)) bare(element);
    else element.replaceWith(...element.childNodes);
  }
  const page = html("html");
  page.lang = ofRoot(source, "lang");
  page.dir = ofRoot(source, "dir");
  const scheme = html("meta");
  scheme.name = "color-scheme";
  scheme.content = "light dark";
  const body = html("body");
  body.append(content);
  page.append(scheme, body);
  return `<!doctype html>${page.outerHTML}`;
}

function html<Name extends keyof HTMLElementTagNameMap>(name: Name): HTMLElementTagNameMap[Name] {
  return document.createElement(name);
}

/** A template knows no root element: its attributes are read from the source. */
function ofRoot(source: string, name: "lang" | "dir"): string {
  const root = /<html\b[^>]*>/i.exec(source.slice(0, 10_000))?.[0] ?? "";
  return new RegExp(`\\s${name}\\s*=\\s*["']?([a-z0-9-]{1,30})`, "i").exec(root)?.[1] ?? "";
}

function bare(element: Element): void {
  if (element.localName === "img" && !INLINED.test(element.getAttribute("src") ?? "")) {
    element.replaceWith(element.getAttribute("alt") ?? "");
    return;
  }
  for (const { name, value } of [...element.attributes]) {
    const isInlined = name === "src" && INLINED.test(value);
    if (!ATTRIBUTES.has(name) && !isInlined) element.removeAttribute(name);
  }
}
