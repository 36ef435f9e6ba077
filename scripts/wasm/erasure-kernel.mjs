// The erasure codec's inner loops as WebAssembly text. `emitErasureKernel()` returns the module's
// source; scripts/build-wasm.mjs assembles it. Everything the module does is a list of steps laid
// down in its memory by src/store/erasure/wasm-kernel.ts; each step runs over one block of columns
// so that all rows it touches stay in the fastest cache.
//
// A multiplication by a constant of GF(2^8) is linear over the two nibbles of a byte: two 16-byte
// tables per constant and two byte shuffles per 16 bytes (Plank, Greenan, Miller, FAST 2013). All
// 256 pairs of tables lie at address 0, constant `c` at `32 * c`.
//
// A step starts with two words: the index of its function, the bytes of the whole step.
// A row is a word: the address of its first byte, a multiple of 16, plus 1 where the row is a
// shard, whose column offset grows from block to block, while a scratch row is used anew.

const lines = (...parts) => parts.flat(Infinity).join("\n");
const names = ["a", "b", "c", "d"];
/** Vectors of a row that a column step works on in one turn of its loop. */
const UNROLLED = 2;
/** Targets that a matrix step may have. */
const MATRIX_COUNTS = [1, 2];

/** `constant(table) * value`, the value being a local. */
function multiply(value, table) {
  return `(v128.xor
    (i8x16.swizzle (local.get $${table}lo) (v128.and (local.get $${value}) (local.get $mask)))
    (i8x16.swizzle (local.get $${table}hi)
      (v128.and (i16x8.shr_u (local.get $${value}) (i32.const 4)) (local.get $mask))))`;
}

const set = (name, value) => `(local.set $${name} ${value})`;
const get = (name) => `(local.get $${name})`;
const xor = (x, y) => `(v128.xor ${x} ${y})`;

/** Reads word `index` of the step as the address of a row in the present block. */
function rowAddress(index) {
  const word = `(i32.load offset=${4 * index} (local.get $step))`;
  return `(i32.add (i32.and ${word} (i32.const -16))
    (i32.and (local.get $column) (i32.sub (i32.const 0) (i32.and ${word} (i32.const 1)))))`;
}

/** Loads both nibble tables of the constant whose table address is word `index` of the step. */
function loadTable(table, index) {
  const word = `(i32.load offset=${4 * index} (local.get $step))`;
  return [
    set(`${table}lo`, `(v128.load ${word})`),
    set(`${table}hi`, `(v128.load offset=16 ${word})`),
  ];
}

/** A function over all columns of a block: `inputs` in, `outputs` out, body on locals a to d. */
function columnStep({ name, inputs, outputs, tables, body }) {
  const firstOutput = 2 + inputs.length;
  const firstTable = firstOutput + outputs.length;
  return lines(
    `(func $${name} (type $stepType) (param $step i32) (param $column i32) (param $bytes i32)`,
    "(local $at i32) (local $mask v128)",
    inputs.map((row) => `(local $in_${row} i32)`),
    outputs.map((row) => `(local $out_${row} i32)`),
    names.map((row) => `(local $${row} v128)`),
    tables.map((table) => `(local $${table}lo v128) (local $${table}hi v128)`),
    set("mask", "(i8x16.splat (i32.const 15))"),
    inputs.map((row, i) => set(`in_${row}`, rowAddress(2 + i))),
    outputs.map((row, i) => set(`out_${row}`, rowAddress(firstOutput + i))),
    tables.map((table, i) => loadTable(table, firstTable + i)),
    "(loop $columns",
    Array.from({ length: UNROLLED }, (_, i) => [
      inputs.map((row) =>
        set(row, `(v128.load offset=${16 * i} (i32.add ${get(`in_${row}`)} ${get("at")}))`),
      ),
      body,
      outputs.map(
        (row) =>
          `(v128.store offset=${16 * i} (i32.add ${get(`out_${row}`)} ${get("at")}) ${get(row)})`,
      ),
    ]),
    set("at", `(i32.add ${get("at")} (i32.const ${16 * UNROLLED}))`),
    `(br_if $columns (i32.lt_u ${get("at")} ${get("bytes")}))))`,
  );
}

/** One inverse butterfly, y += x then x += t*y, where y may still be zero and t may be zero. */
function inverseButterfly(x, y, table, known) {
  if (!known.has(x)) return [];
  const first = known.has(y) ? set(y, xor(get(y), get(x))) : set(y, get(x));
  known.add(y);
  return table === null ? [first] : [first, set(x, xor(get(x), multiply(y, table)))];
}

/**
 * Two layers of the inverse transform on four rows of which the last ones may be zero. In the
 * first group of all, two of the three constants are zero.
 */
function inverseStep(count, isFirst) {
  const inputs = names.slice(0, count);
  const known = new Set(inputs);
  const tables = isFirst ? (count > 2 ? ["s"] : []) : count > 2 ? ["r", "s", "t"] : ["r", "t"];
  const body = [
    inverseButterfly("a", "b", isFirst ? null : "r", known),
    inverseButterfly("c", "d", "s", known),
    inverseButterfly("a", "c", isFirst ? null : "t", known),
    inverseButterfly("b", "d", isFirst ? null : "t", known),
  ];
  const name = `inverse${count}${isFirst ? "first" : ""}`;
  return columnStep({ name, inputs, outputs: names, tables, body });
}

/** One forward butterfly, x += t*y then y += x, where t may be zero and y no longer wanted. */
function forwardButterfly(x, y, table, wantsY) {
  const first = table === null ? [] : [set(x, xor(get(x), multiply(y, table)))];
  return wantsY ? [first, set(y, xor(get(y), get(x)))] : first;
}

/**
 * Two layers of the forward transform on four rows of which only the first `count` are wanted. At
 * the data points, two of the three constants of the first group are zero.
 */
function forwardStep(count, isFirst) {
  const body = [
    forwardButterfly("a", "c", isFirst ? null : "t", count > 2),
    forwardButterfly("b", "d", isFirst ? null : "t", count > 2),
    forwardButterfly("a", "b", isFirst ? null : "r", count > 1),
    count > 2 ? forwardButterfly("c", "d", "s", count > 3) : [],
  ];
  const tables = isFirst ? (count > 2 ? ["s"] : []) : count > 2 ? ["t", "r", "s"] : ["t", "r"];
  const outputs = names.slice(0, count);
  const name = `forward${count}${isFirst ? "first" : ""}`;
  return columnStep({ name, inputs: names, outputs, tables, body });
}

/** A row times a constant. */
function scaleStep() {
  const body = set("a", multiply("a", "t"));
  return columnStep({ name: "scale", inputs: ["a"], outputs: ["a"], tables: ["t"], body });
}

/** The sum of two rows. */
function addStep() {
  const body = set("a", xor(get("a"), get("b")));
  return columnStep({ name: "add", inputs: ["a", "b"], outputs: ["a"], tables: [], body });
}

/** The top layer both ways: inverse at the data points (constant zero), forward at the parity. */
function middleStep(count) {
  const body = [
    set("b", xor(get("b"), get("a"))),
    set("a", xor(get("a"), multiply("b", "t"))),
    count > 1 ? set("b", xor(get("b"), get("a"))) : [],
  ];
  const outputs = names.slice(0, count);
  return columnStep({ name: `middle${count}`, inputs: ["a", "b"], outputs, tables: ["t"], body });
}

/**
 * A product of a matrix with rows: `count` target rows, each the sum of all source rows times a
 * constant; with `isMore` that is added to what the targets hold. Step: count of sources, targets, then per source its row and `count` constants as
 * table addresses. All rows are shards. Two columns of 16 bytes at once share each table load;
 * more targets or columns at once would no longer fit into the 16 registers of an x86 core.
 */
function matrixStep(count, isMore) {
  const targets = Array.from({ length: count }, (_, i) => i);
  const columns = [0, 1];
  const sourceBytes = 4 * (1 + count);
  const address = (i) => `(i32.load offset=${4 + 4 * i} (local.get $source))`;
  const accumulate = (target) => [
    set("lo", `(v128.load ${address(target)})`),
    set("hi", `(v128.load offset=16 ${address(target)})`),
    columns.map((column) => {
      const low = `(i8x16.swizzle (local.get $lo) (local.get $low${column}))`;
      const high = `(i8x16.swizzle (local.get $hi) (local.get $high${column}))`;
      const sum = `sum${target}_${column}`;
      return set(sum, xor(xor(get(sum), low), high));
    }),
  ];
  const held = (target, column) =>
    `(v128.load offset=${16 * column} (i32.add (local.get $out${target}) (local.get $column)))`;
  return lines(
    `(func $matrix${count}${isMore ? "more" : ""} (type $stepType) (param $step i32) (param $column i32) (param $bytes i32)`,
    "(local $source i32) (local $sourceEnd i32) (local $end i32) (local $row i32)",
    "(local $mask v128) (local $lo v128) (local $hi v128)",
    columns.map((column) => `(local $low${column} v128) (local $high${column} v128)`),
    targets.map((target) => columns.map((column) => `(local $sum${target}_${column} v128)`)),
    targets.map((target) => `(local $out${target} i32)`),
    targets.map((target) =>
      set(`out${target}`, `(i32.load offset=${12 + 4 * target} (local.get $step))`),
    ),
    set("mask", "(i8x16.splat (i32.const 15))"),
    set("end", "(i32.add (local.get $column) (local.get $bytes))"),
    set(
      "sourceEnd",
      `(i32.add (i32.add (local.get $step) (i32.const ${12 + 4 * count}))
        (i32.mul (i32.load offset=8 (local.get $step)) (i32.const ${sourceBytes})))`,
    ),
    "(loop $columns",
    targets.map((target) =>
      columns.map((column) =>
        set(`sum${target}_${column}`, isMore ? held(target, column) : "(v128.const i64x2 0 0)"),
      ),
    ),
    set("source", `(i32.add (local.get $step) (i32.const ${12 + 4 * count}))`),
    "(loop $sources",
    set("row", "(i32.add (i32.load (local.get $source)) (local.get $column))"),
    columns.map((column) => [
      set(`low${column}`, `(v128.load offset=${16 * column} (local.get $row))`),
      set(
        `high${column}`,
        `(v128.and (i16x8.shr_u ${get(`low${column}`)} (i32.const 4)) (local.get $mask))`,
      ),
      set(`low${column}`, `(v128.and ${get(`low${column}`)} (local.get $mask))`),
    ]),
    targets.map(accumulate),
    set("source", `(i32.add (local.get $source) (i32.const ${sourceBytes}))`),
    "(br_if $sources (i32.lt_u (local.get $source) (local.get $sourceEnd))))",
    targets.map((target) =>
      columns.map(
        (column) =>
          `(v128.store offset=${16 * column} (i32.add (local.get $out${target}) (local.get $column))
            ${get(`sum${target}_${column}`)})`,
      ),
    ),
    set("column", "(i32.add (local.get $column) (i32.const 32))"),
    "(br_if $columns (i32.lt_u (local.get $column) (local.get $end)))))",
  );
}

/** All steps of a list, block after block; `bytes` and `block` are multiples of 32, `bytes` > 0. */
const run = `
(func (export "run")
  (param $first i32) (param $end i32) (param $bytes i32) (param $block i32)
  (local $column i32) (local $step i32) (local $width i32)
  (loop $blocks
    (local.set $width (i32.sub (local.get $bytes) (local.get $column)))
    (if (i32.gt_u (local.get $width) (local.get $block))
      (then (local.set $width (local.get $block))))
    (local.set $step (local.get $first))
    (loop $steps
      (call_indirect (type $stepType)
        (local.get $step) (local.get $column) (local.get $width)
        (i32.load (local.get $step)))
      (local.set $step (i32.add (local.get $step) (i32.load offset=4 (local.get $step))))
      (br_if $steps (i32.lt_u (local.get $step) (local.get $end))))
    (local.set $column (i32.add (local.get $column) (local.get $block)))
    (br_if $blocks (i32.lt_u (local.get $column) (local.get $bytes)))))`;

/**
 * The whole module. The order of the functions is the numbering of steps in wasm-kernel.ts.
 * @param isRelaxed whether to use the shuffle of relaxed SIMD, which leaves open what an index
 *   above 15 yields: there are none, and the processor's own shuffle serves without a check
 */
export function emitErasureKernel(isRelaxed) {
  const counts = [1, 2, 3, 4];
  const steps = [
    ...counts.map((count) => [`inverse${count}`, inverseStep(count, false)]),
    ...counts.map((count) => [`inverse${count}first`, inverseStep(count, true)]),
    ...counts.map((count) => [`forward${count}`, forwardStep(count, false)]),
    ...counts.map((count) => [`forward${count}first`, forwardStep(count, true)]),
    ...[1, 2].map((count) => [`middle${count}`, middleStep(count)]),
    ["scale", scaleStep()],
    ["add", addStep()],
    ...MATRIX_COUNTS.map((count) => [`matrix${count}`, matrixStep(count, false)]),
    ...MATRIX_COUNTS.map((count) => [`matrix${count}more`, matrixStep(count, true)]),
  ];
  const text = moduleOf(steps);
  return isRelaxed ? text.replaceAll("i8x16.swizzle", "i8x16.relaxed_swizzle") : text;
}

function moduleOf(steps) {
  return lines(
    "(module",
    '(import "host" "memory" (memory 1))',
    "(type $stepType (func (param i32 i32 i32)))",
    `(table ${steps.length} funcref)`,
    `(elem (i32.const 0) ${steps.map(([name]) => `$${name}`).join(" ")})`,
    steps.map(([, text]) => text),
    run,
    ")",
  );
}
