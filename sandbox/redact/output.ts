// What programs write, on its way to a person or a log. The secrets in it are not known here: they are found by their
// shape, or because the environment has them. A cut comes after that, for half a secret has no shape.
import { REDACTED, Redactor } from "./redactor.ts";

/** What is kept is `$1`. */
const SHAPES: readonly RegExp[] = [
  // A key may end where the text was cut.
  /()-----BEGIN [A-Z ]*PRIVATE KEY-----[^]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@"'<>]+(?=@)/gi,
  /(\bauthorization["']?\s*[:=]\s*["']?(?:\w+ )?)[^\s"',]+/gi,
  /(\bbearer )[\w.~+/=-]{8,}/gi,
  /((?:password|passwd|passphrase|api[-_]?key|(?:access|auth|refresh|id)[-_]?token|_auth|client[-_]secret|secret[-_]key)["']?\s*[:=]\s*["']?)[^\s"',;&}]+/gi,
  /()\b(?:sk-[\w-]{16,}|gh[a-z]_\w{20,}|github_pat_\w{20,}|npm_\w{20,}|pul-[0-9a-f]{20,}|AKIA[0-9A-Z]{16}|eyJ[\w-]{10,}\.[\w-]{10,}(?:\.[\w-]*)?)/g,
];

const NAMED_SECRET = /TOKEN|PASSWORD|PASSWD|PASSPHRASE|SECRET|API_?KEY|CREDENTIAL|_AUTH/i;
/** Characters. A shorter value of a variable is rather a switch. */
const SHORTEST_VALUE = 8;

/** The secrets that an environment has: values of variables that are named so, and passwords in addresses. */
export function secretsOf(environment: NodeJS.ProcessEnv): string[] {
  return Object.entries(environment).flatMap(([name, value = ""]) => {
    const password = URL.parse(value)?.password ?? "";
    const named = NAMED_SECRET.test(name) && !name.endsWith("_FILE") && !value.startsWith("/");
    return [...(named ? [value] : []), password, decoded(password)].filter(
      (secret) => secret.length >= SHORTEST_VALUE,
    );
  });
}

function decoded(password: string): string {
  try {
    return decodeURIComponent(password);
  } catch {
    return password;
  }
}

export function outputRedactor(environment: NodeJS.ProcessEnv): (text: string) => string {
  const redactor = new Redactor();
  for (const secret of secretsOf(environment)) redactor.learn(secret);
  return (text) =>
    SHAPES.reduce((result, shape) => result.replaceAll(shape, `$1${REDACTED}`), redactor.redact(text));
}

/** For this process. */
export const redactOutput = outputRedactor(process.env);

/** The last lines of an output. */
export function lastLines(text: string, count: number, redact = redactOutput): string[] {
  return redact(text).trimEnd().split("\n").slice(-count);
}

/** The end of an output. */
export function lastCharacters(text: string, count: number, redact = redactOutput): string {
  return redact(text).trimEnd().slice(-count);
}

/** The beginning of a text on one line, with a sign where something was cut off. */
export function firstCharacters(text: string, count: number, redact = redactOutput): string {
  const line = redact(text).replaceAll(/\s+/g, " ");
  return line.length > count ? `${line.slice(0, count - 1)}…` : line;
}
