// How a text looks inside other texts.

/** In base64, with 0, 1 or 2 bytes before it; groups that mix it with other bytes are left out. */
function base64Forms(text: string): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const all = Buffer.from(" ".repeat(offset) + text).toString("base64");
    const own = all.slice(offset === 0 ? 0 : 4);
    return own.endsWith("=") && offset > 0 ? [own.slice(0, -4)] : [own];
  });
}

/** What JSON makes of it; Go's encoder also escapes what HTML gives a meaning. */
function jsonForms(text: string): string[] {
  const inside = (value: string): string => JSON.stringify(value).slice(1, -1);
  const once = inside(text);
  const code = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return [
    once,
    inside(once),
    once.replaceAll(/[<>&\u2028\u2029]/g, code),
    once.replaceAll(/[^\0-\x7f]/g, code),
  ];
}

function urlForms(text: string): string[] {
  const component = encodeURIComponent(text.toWellFormed());
  const form = new URLSearchParams({ "": text }).toString().slice(1);
  const lowerCase = (encoded: string): string => encoded.replaceAll(/%../g, (byte) => byte.toLowerCase());
  return [component, form, lowerCase(component), lowerCase(form)];
}

/** The forms of a secret: as it is, in JSON, in a URL, in base64, in hexadecimal; and what it is the base64 of. */
export function spellings(text: string): ReadonlySet<string> {
  const decoded = Buffer.from(text, "base64").toString("utf8");
  const isBase64 = Buffer.from(decoded).toString("base64") === text;
  return new Set(
    [text, ...(isBase64 ? [decoded] : [])].flatMap((form) => [
      form,
      ...jsonForms(form),
      ...urlForms(form),
      ...base64Forms(form).flatMap((base64) => [base64, base64.replaceAll("+", "-").replaceAll("/", "_")]),
      Buffer.from(form).toString("hex"),
    ]),
  );
}
