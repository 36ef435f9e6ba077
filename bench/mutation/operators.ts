import { parseSync } from "vite";

/** One small change to a source file that a good test should notice. */
export interface Mutant {
  /** Path below the repository. */
  readonly file: string;
  /** First and past-the-last character of what is replaced. */
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
  /** Whether a statement is replaced, else an expression. */
  readonly isStatement: boolean;
  /** For people: the line, counted from 1, and the text that was there. */
  readonly line: number;
  readonly original: string;
}

interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

interface Change {
  readonly replacement: string;
  readonly isStatement?: boolean;
}

const BINARY: Readonly<Record<string, readonly string[]>> = {
  "<": ["<=", ">="],
  "<=": ["<", ">"],
  ">": [">=", "<="],
  ">=": [">", "<"],
  "===": ["!=="],
  "!==": ["==="],
  "+": ["-"],
  "-": ["+"],
  "*": ["/"],
  "/": ["*"],
  "%": ["*"],
  "**": ["*"],
  "<<": [">>>"],
  ">>": ["<<"],
  ">>>": ["<<"],
  "&": ["|"],
  "|": ["&"],
  "^": ["|"],
};
const LOGICAL: Readonly<Record<string, string>> = { "&&": "||", "||": "&&", "??": "&&" };

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && "type" in value && "start" in value;
}

function isTextual(node: unknown): boolean {
  if (!isNode(node)) return false;
  return (
    node.type === "TemplateLiteral" ||
    (node.type === "Literal" && typeof node["value"] === "string") ||
    (node.type === "BinaryExpression" && (isTextual(node["left"]) || isTextual(node["right"])))
  );
}

const text = (code: string, node: unknown): string =>
  isNode(node) ? code.slice(node.start, node.end) : "";

function binary(code: string, node: SyntaxNode): string[] {
  const { left, right, operator } = node;
  if (!isNode(left) || left.type === "PrivateIdentifier" || typeof operator !== "string") return [];
  if (operator === "+" && isTextual(node)) return [];
  return (BINARY[operator] ?? []).map(
    (other) => `(${text(code, left)}) ${other} (${text(code, right)})`,
  );
}

function assignment(code: string, node: SyntaxNode): string[] {
  const operator = String(node["operator"]);
  const others = BINARY[operator.slice(0, -1)];
  if (operator.length < 2 || others === undefined || isTextual(node["right"])) return [];
  return [`${text(code, node["left"])} ${others[0]}= ${text(code, node["right"])}`];
}

function literal({ value, raw }: SyntaxNode): string[] {
  if (typeof value === "boolean") return [String(!value)];
  if (typeof value === "number") return [String(value + 1)];
  if (typeof value === "bigint") return [`${value + 1n}n`];
  if (typeof value === "string" && typeof raw === "string") return [value === "" ? '"x"' : '""'];
  return [];
}

function unary(code: string, { operator, argument }: SyntaxNode): string[] {
  return operator === "!" || operator === "-" || operator === "~" ? [text(code, argument)] : [];
}

function call(code: string, { callee, start, end }: SyntaxNode): string[] {
  const name = text(code, callee);
  if (name !== "Math.min" && name !== "Math.max") return [];
  const other = name === "Math.min" ? "Math.max" : "Math.min";
  return [other + code.slice(start + name.length, end)];
}

/** What an expression may become; empty for kinds that are left alone. */
function expressionChanges(code: string, node: SyntaxNode): string[] {
  switch (node.type) {
    case "BinaryExpression":
      return binary(code, node);
    case "LogicalExpression": {
      const other = LOGICAL[String(node["operator"])] ?? "&&";
      return [`(${text(code, node["left"])}) ${other} (${text(code, node["right"])})`];
    }
    case "AssignmentExpression":
      return assignment(code, node);
    case "UpdateExpression": {
      const other = node["operator"] === "++" ? "--" : "++";
      const argument = text(code, node["argument"]);
      return [node["prefix"] === true ? other + argument : argument + other];
    }
    case "UnaryExpression":
      return unary(code, node);
    case "Literal":
      return literal(node);
    case "ArrayExpression":
      return Array.isArray(node["elements"]) && node["elements"].length > 0 ? ["[]"] : [];
    case "CallExpression":
      return call(code, node);
    default:
      return [];
  }
}

function statementChanges(code: string, node: SyntaxNode): Change[] {
  switch (node.type) {
    case "ExpressionStatement": {
      const expression = node["expression"];
      const isFixed =
        typeof node["directive"] === "string" || /^super\b|^[\w#.]*\blog\./.test(text(code, node));
      if (isFixed || !isNode(expression)) return [];
      return [{ replacement: ";", isStatement: true }];
    }
    case "ThrowStatement":
      return [{ replacement: ";", isStatement: true }];
    case "ReturnStatement":
      return isNode(node["argument"])
        ? [{ replacement: "return undefined;", isStatement: true }]
        : [];
    default:
      return [];
  }
}

/** Conditions become always true and always false; of loops only false, as true would not end. */
function conditionChanges(parent: SyntaxNode, key: string): string[] {
  if (key !== "test") return [];
  if (parent.type === "IfStatement" || parent.type === "ConditionalExpression") {
    return ["true", "false"];
  }
  return parent.type === "WhileStatement" || parent.type === "ForStatement" ? ["false"] : [];
}

/** Types, names of properties, imports and words for people are not behaviour. */
function isLeftAlone(code: string, parent: SyntaxNode, key: string, index: number): boolean {
  if (/^(Import|Export(All|Named)).*$/.test(parent.type)) return key !== "declaration";
  if (key === "key" || (key === "property" && parent["computed"] !== true)) return true;
  if (key === "quasi" || key === "typeAnnotation" || key === "typeArguments") return true;
  const isErrorWord =
    parent.type === "NewExpression" && /Error$/.test(text(code, parent["callee"]));
  const isAssertWord =
    parent.type === "CallExpression" && /^(assert|must)$/.test(text(code, parent["callee"]));
  const isLogged =
    parent.type === "CallExpression" && /\blog\.\w+$/.test(text(code, parent["callee"]));
  return key === "arguments" && (isLogged || (index >= 1 && (isErrorWord || isAssertWord)));
}

const isType = (node: SyntaxNode): boolean =>
  /^TS(?!AsExpression|NonNullExpression|SatisfiesExpression)/.test(node.type);

function parse(file: string, code: string): SyntaxNode {
  const { program, errors } = parseSync(file, code);
  if (errors.length > 0) throw new RangeError(`${file} does not parse`);
  return program as unknown as SyntaxNode; // walked by shape: kinds we do not know are harmless
}

/** The nodes right below one, with where they stand in it. */
function* childrenOf(node: SyntaxNode): Iterable<readonly [SyntaxNode, string, number]> {
  for (const [key, value] of Object.entries(node)) {
    const children: readonly unknown[] = Array.isArray(value) ? value : [value];
    for (const [index, child] of children.entries()) {
      if (isNode(child) && !isType(child)) yield [child, key, index];
    }
  }
}

/**
 * All mutants of a TypeScript source, in the order of their places.
 * @throws RangeError where the source does not parse
 */
export function mutantsOf(file: string, code: string): readonly Mutant[] {
  const found = new Map<string, Mutant>();
  const add = ({ start, end }: SyntaxNode, { replacement, isStatement = false }: Change): void => {
    const original = code.slice(start, end);
    if (original === replacement) return;
    const line = code.slice(0, start).split("\n").length;
    const mutant = { file, start, end, replacement, isStatement, line, original };
    found.set(`${start}-${end} ${replacement}`, mutant);
  };
  const visit = (node: SyntaxNode): void => {
    for (const change of statementChanges(code, node)) add(node, change);
    for (const replacement of expressionChanges(code, node)) add(node, { replacement });
    for (const [child, key, index] of childrenOf(node)) {
      if (isLeftAlone(code, node, key, index)) continue;
      for (const replacement of conditionChanges(node, key)) add(child, { replacement });
      visit(child);
    }
  };
  visit(parse(file, code));
  return [...found.values()].toSorted((a, b) => a.start - b.start || a.end - b.end);
}

const LOOPS: readonly unknown[] = [
  "ForStatement",
  "ForOfStatement",
  "ForInStatement",
  "WhileStatement",
  "DoWhileStatement",
];

/** What a loop repeats. */
export interface LoopBody {
  readonly start: number;
  readonly end: number;
  /** Whether it stands in braces. */
  readonly isBlock: boolean;
}

/** The bodies of all loops. */
export function loopBodies(file: string, code: string): readonly LoopBody[] {
  const bodies: LoopBody[] = [];
  const visit = (node: SyntaxNode): void => {
    const { body } = node;
    if (LOOPS.includes(node.type) && isNode(body)) {
      const { start, end, type } = body;
      bodies.push({ start, end, isBlock: type === "BlockStatement" });
    }
    for (const [child] of childrenOf(node)) visit(child);
  };
  visit(parse(file, code));
  return bodies;
}
