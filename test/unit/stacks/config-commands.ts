// The commands that messages name, done to a configuration as `pulumi config` would do them.

export interface RawConfig {
  /** Values by key, with the project's name: texts, or JSON. */
  readonly values: Record<string, unknown>;
  readonly secretKeys: Set<string>;
}

const COMMAND =
  /^pulumi config (set|rm)( --secret)?( --type float)?(?: --path '(.+?)'| (\S+?))(?: ('.*'|[^' ]+))?$/;

/** Runs commands that are joined by `&&`; what stands in brackets behind them is another way, and left out. */
export function runCommands(commands: string, config: RawConfig): void {
  for (const command of commands.replace(/ {2}\(.*$/, "").split(" && ")) run(command, config);
}

function run(command: string, { values, secretKeys }: RawConfig): void {
  const found = COMMAND.exec(command);
  if (found === null) throw new Error(`no command of Pulumi: ${command}`);
  const [, verb, isSecret, isFloat, quotedPath, key = "", quoted = "x"] = found;
  const text = quoted.replace(/^'(.*)'$/, "$1").replaceAll("'\\''", "'");
  if (isSecret !== undefined) secretKeys.add(key);
  const path = quotedPath === undefined ? [key] : partsOf(quotedPath.replaceAll("'\\''", "'"));
  const value = quotedPath === undefined ? text : isFloat === undefined ? typed(text) : Number(text);
  change(values, path, verb === "rm" ? undefined : value);
}

/** `a:b.c[0]["d.e"]` in its parts. */
function partsOf(path: string): (string | number)[] {
  return [...path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g)].map(
    ([, quoted, index, plain = ""]) =>
      index === undefined ? (quoted?.replaceAll('\\"', '"') ?? plain) : Number(index),
  );
}

/** With `--path`, Pulumi takes `true`, `false` and whole numbers for what they are, and everything else for text. */
function typed(text: string): unknown {
  if (text === "true" || text === "false") return text === "true";
  return /^-?\d+$/.test(text) ? Number(text) : text;
}

function change(target: Record<string | number, unknown>, path: (string | number)[], value: unknown): void {
  const [first = "", ...rest] = path;
  if (rest.length === 0) {
    if (value === undefined && Array.isArray(target)) target.splice(Number(first), 1);
    else if (value === undefined) Reflect.deleteProperty(target, first);
    else if (Array.isArray(target) && Number(first) > target.length)
      throw new Error("leaves a gap in a list");
    else target[first] = value;
    return;
  }
  target[first] ??= typeof rest[0] === "number" ? [] : {};
  const next = target[first];
  if (typeof next !== "object" || next === null)
    throw new Error(`${String(first)} is a value, and no section`);
  if (Array.isArray(next) !== (typeof rest[0] === "number"))
    throw new Error(`${String(first)} is of another kind`);
  change(next as Record<string | number, unknown>, rest, value);
}
