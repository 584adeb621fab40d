// The small changes that can be made to an expression in CEL, by its text: operands left out, literals and operators
// changed. Operators that join stand between blanks, as the policies write them.

export interface Change {
  readonly what: string;
  readonly text: string;
}

const OPEN = "([{";
const CLOSE = ")]}";
const JOINED = [" || ", " && ", " + "] as const;
const SWAPPED: Readonly<Record<string, string>> = {
  " == ": " != ",
  " != ": " == ",
  " > ": " >= ",
  " < ": " <= ",
};

export function changesOf(text: string): Change[] {
  const [elements] = [split(text, ", ")];
  if (elements.length > 1) return inParts(elements, ", ");
  const ternary = ternaryOf(text);
  if (ternary !== undefined) {
    const [condition, yes, no] = ternary;
    const build = (parts: readonly string[]): string =>
      `${parts[0] ?? ""} ? ${parts[1] ?? ""} : ${parts[2] ?? ""}`;
    return [
      { what: `always takes ${brief(yes)}`, text: yes },
      { what: `always takes ${brief(no)}`, text: no },
      ...[condition, yes, no].flatMap((part, index) =>
        changesOf(part).map(({ what, text: changed }) => ({
          what,
          text: build([condition, yes, no].with(index, changed)),
        })),
      ),
    ];
  }
  for (const operator of JOINED) {
    const operands = split(text, operator);
    if (operands.length > 1) return [...leftOut(operands, operator), ...inParts(operands, operator)];
  }
  for (const [operator, other] of Object.entries(SWAPPED)) {
    const operands = split(text, operator);
    if (operands.length > 1) {
      return [
        { what: `${brief(text)} with${other}`, text: operands.join(other) },
        ...inParts(operands, operator),
      ];
    }
  }
  const members = split(text, " in ");
  if (members.length > 1) return inParts(members, " in ");
  return text.startsWith("!")
    ? [
        { what: `without the ! of ${brief(text)}`, text: text.slice(1) },
        ...changesOf(text.slice(1)).map(({ what, text: changed }) => ({ what, text: `!${changed}` })),
      ]
    : ofAtom(text);
}

/** A literal; or calls and brackets, each with something in it. */
function ofAtom(text: string): Change[] {
  const literal = literalChange(text);
  if (literal !== undefined) return [{ what: `with ${literal} for ${brief(text)}`, text: literal }];
  const calls = text.includes(".exists(")
    ? [{ what: `with all for the first exists of ${brief(text)}`, text: text.replace(".exists(", ".all(") }]
    : [];
  return [
    ...calls,
    ...groupsOf(text).flatMap(({ start, end }) => {
      const inner = text.slice(start, end);
      const put = ({ what, text: changed }: Change): Change => ({
        what,
        text: text.slice(0, start) + changed + text.slice(end),
      });
      const isList = text[start - 1] === "[" && (start === 1 || " (,".includes(text[start - 2] ?? ""));
      const elements = split(inner, ", ");
      const fewer = isList && elements.length > 1 ? leftOut(elements, ", ") : [];
      return [...fewer, ...changesOf(inner)].map(put);
    }),
  ];
}

function literalChange(text: string): string | undefined {
  if (/^'([^'\\]|\\.)*'$/.test(text))
    return /^'\d+'$/.test(text) ? `'${Number(text.slice(1, -1)) + 1}'` : "'~'";
  if (/^\d+$/.test(text)) return String(Number(text) + 1);
  if (text === "true") return "false";
  return text === "false" ? "true" : undefined;
}

function leftOut(operands: readonly string[], operator: string): Change[] {
  return operands.map((operand, index) => ({
    what: `without ${brief(operand)}`,
    text: operands.toSpliced(index, 1).join(operator),
  }));
}

function inParts(parts: readonly string[], operator: string): Change[] {
  return parts.flatMap((part, index) =>
    changesOf(part).map(({ what, text }) => ({ what, text: parts.with(index, text).join(operator) })),
  );
}

/** Each character outside of texts, with how many brackets it is in. */
function* outside(text: string): Generator<{ readonly at: number; readonly depth: number }> {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? "";
    if (quoted && character === "\\") at++;
    else if (character === "'") quoted = !quoted;
    else if (!quoted) {
      if (CLOSE.includes(character)) depth--;
      yield { at, depth };
      if (OPEN.includes(character)) depth++;
    }
  }
}

function split(text: string, separator: string): string[] {
  const parts: string[] = [];
  let start = 0;
  for (const { at, depth } of outside(text)) {
    if (depth > 0 || at < start || !text.startsWith(separator, at)) continue;
    parts.push(text.slice(start, at));
    start = at + separator.length;
  }
  return [...parts, text.slice(start)];
}

function ternaryOf(text: string): [string, string, string] | undefined {
  const [condition = "", ...rest] = split(text, " ? ");
  if (rest.length === 0) return undefined;
  const branches = text.slice(condition.length + " ? ".length);
  // A ternary in the first branch would stand in brackets.
  const [yes = ""] = split(branches, " : ");
  return [condition, yes, branches.slice(yes.length + " : ".length)];
}

function groupsOf(text: string): { readonly start: number; readonly end: number }[] {
  const groups: { start: number; end: number }[] = [];
  let start = -1;
  for (const { at, depth } of outside(text)) {
    if (depth > 0) continue;
    const character = text[at] ?? "";
    // An optional index: `labels[?'key']`.
    if (OPEN.includes(character)) start = at + (text[at + 1] === "?" ? 2 : 1);
    else if (CLOSE.includes(character) && at > start) groups.push({ start, end: at });
  }
  return groups;
}

function brief(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
