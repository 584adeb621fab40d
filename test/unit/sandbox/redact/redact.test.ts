import { expect } from "chai";
import fc from "fast-check";
import {
  firstCharacters,
  lastCharacters,
  lastLines,
  outputRedactor,
  secretsOf,
} from "../../../../sandbox/redact/output.ts";
import { REDACTED, Redactor } from "../../../../sandbox/redact/redactor.ts";

const PIECE = 8;

/** A secret of some length that is no ruler and no indentation, one line or several. */
const secrets = fc
  .oneof(
    fc.string({ minLength: PIECE, maxLength: 60, unit: "grapheme" }),
    fc.string({ minLength: PIECE, maxLength: 60, unit: "binary" }),
    fc.stringMatching(/^[A-Za-z0-9_-]{16,64}$/),
    fc
      .array(fc.stringMatching(/^[ -~]{8,20}$/), { minLength: 2, maxLength: 4 })
      .map((lines) => lines.join("\n")),
    // The scheme is no secret.
    fc.webUrl({ withFragments: true, withQueryParameters: true }).map((url) => url.replace(/^\w+:\/\//, "")),
  )
  .filter((secret) => new Set(secret).size > 4 && !/\s{4}|(.)\1{3}|\[secret|secret\]/s.test(secret));

const json = (text: string): string => JSON.stringify(text).slice(1, -1);
/** What programs make of a secret before they write it. */
const spelling: Readonly<Record<string, (secret: string) => string>> = {
  "as it is": (secret) => secret,
  "in JSON": json,
  "in JSON in JSON": (secret) => json(json(secret)),
  "in JSON of Go": (secret) =>
    json(secret).replaceAll("<", "\\u003c").replaceAll(">", "\\u003e").replaceAll("&", "\\u0026"),
  "in a URL": (secret) => encodeURIComponent(secret.toWellFormed()),
  "in a form": (secret) => new URLSearchParams({ a: secret }).toString().slice(2),
  "in base64": (secret) => Buffer.from(secret).toString("base64"),
  "in base64 of more": (secret) => Buffer.from(`{"password":"${secret}","user":"me"}`).toString("base64"),
  "in base64 for URLs": (secret) => Buffer.from(secret).toString("base64url"),
  "in hexadecimal": (secret) => Buffer.from(secret).toString("hex"),
  "in YAML": (secret) => secret.replaceAll("\n", "\n      "),
};

/** Pieces of a text that another text has, too: each of 8 characters, and no ruler or indentation. */
const piecesIn = (secret: string, text: string): string[] =>
  Array.from({ length: Math.max(0, secret.length - PIECE + 1) }, (_, at) =>
    secret.slice(at, at + PIECE),
  ).filter((piece) => new Set(piece).size > 1 && piece.trim() !== "" && text.includes(piece));

describe("a secret", () => {
  for (const [how, spell] of Object.entries(spelling)) {
    it(`leaves no piece of 8 characters ${how}, wherever the text was cut`, () =>
      fc.assert(
        fc.property(secrets, fc.nat(), fc.nat(), (secret, from, to) => {
          const redactor = new Redactor();
          redactor.learn(secret);
          const spelled = spell(secret);
          const text = `<<${spelled}>>`;
          const [start, end] = [from % text.length, to % (text.length + 1)].sort((a, b) => a - b);
          const shown = redactor.redact(text.slice(start, end));
          expect(piecesIn(secret, shown)).to.deep.equal([]);
          // What is not of the secret stays.
          if (!["in base64 of more", "in YAML"].includes(how))
            expect(piecesIn(spelled, shown)).to.deep.equal([]);
        }),
      ));
  }

  it("in base64 of more text is gone except the characters at its edges", () =>
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9]{16,64}$/), fc.nat(5), (secret, before) => {
        const redactor = new Redactor();
        redactor.learn(secret);
        const prefix = "-".repeat(before);
        const shown = redactor.redact(Buffer.from(`${prefix}${secret}--`).toString("base64"));
        const left = Buffer.from(shown.replace(REDACTED, "").replaceAll("=", ""), "base64").toString(
          "latin1",
        );
        expect(piecesIn(secret, left)).to.deep.equal([]);
        expect(shown).to.include(REDACTED);
      }),
    ));

  it("that is short is hidden where it is whole", () => {
    const redactor = new Redactor();
    redactor.learn("p4ss");
    expect(redactor.redact("is p4ss, cDRzcw==, 70347373")).to.equal("is [secret], [secret], [secret]");
  });

  it("hides nothing else", () => {
    const redactor = new Redactor();
    for (const secret of ["top-secret-4711", "a", "", "          ", "----------"]) redactor.learn(secret);
    redactor.learn("https://me:t0p-secret@registry.example");
    const text = "Deployment a/b: ---------- is not ready           yet: https://other.test";
    expect(redactor.redact(text)).to.equal(text);
  });

  it("may have the names of others in it", () => {
    const redactor = new Redactor({ showsNames: true });
    redactor.learn("postgres://litellm:f7kQ2xZp9vLm@postgres.llm-data.svc/litellm");
    redactor.learn("litellm");
    redactor.allow("postgres.llm-data.svc");
    redactor.allow("llm-gateway/litellm");
    const text = "litellm waits for postgres.llm-data.svc: ";
    expect(redactor.redact(`${text}f7kQ2xZp9vLm`)).to.equal(`${text}[secret]`);
  });
});

describe("what programs write", () => {
  const environment = {
    NPM_TOKEN: "q0W9e8R7t6Y5u4I3",
    PULUMI_CONFIG_PASSPHRASE_FILE: "/home/me/passphrase",
    HTTPS_PROXY: "http://me:pr%40xy-pass@proxy:3128",
    TOKEN_COUNT: "12",
    HOME: "/home/me",
  };
  const redact = outputRedactor(environment);

  it("has the secrets of the environment taken out", () => {
    expect(secretsOf(environment)).to.deep.equal(["q0W9e8R7t6Y5u4I3", "pr%40xy-pass", "pr@xy-pass"]);
    expect(redact("HOME /home/me, q0W9e8R7t6Y5u4I3")).to.equal("HOME /home/me, [secret]");
  });

  for (const [text, shown] of [
    ["get https://me:t0ken@registry.example/x: 401", "get https://[secret]@registry.example/x: 401"],
    ["redis://:pw@redis:6379", "redis://[secret]@redis:6379"],
    ["Authorization: Bearer abc.def", "Authorization: Bearer [secret]"],
    ['"authorization":"Basic bWU6cHc="', '"authorization":"Basic [secret]"'],
    ["with bearer 0123456789", "with bearer [secret]"],
    ["PASSWORD=hunter2 x", "PASSWORD=[secret] x"],
    ['{"api_key": "abc", "a": 1}', '{"api_key": "[secret]", "a": 1}'],
    ["//registry.example/:_authToken=abc", "//registry.example/:_authToken=[secret]"],
    ["key sk-0123456789abcdefgh is", "key [secret] is"],
    ["a -----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY----- b", "a [secret] b"],
    ["a -----BEGIN PRIVATE KEY-----\nMIIE", "a [secret]"],
    ['secrets "litellm" not found', 'secrets "litellm" not found'],
    ["password authentication failed for user x", "password authentication failed for user x"],
    ["http://127.0.0.1:8080/healthz", "http://127.0.0.1:8080/healthz"],
  ] as const) {
    it(`is shown as ${JSON.stringify(shown)}`, () => expect(redact(text)).to.equal(shown));
  }

  const key = [
    "-----BEGIN PRIVATE KEY-----",
    "MIIEvQIBADANBgkq",
    "hkiG9w0BAQEFAASC",
    "-----END PRIVATE KEY-----",
  ];
  const lines = fc.array(
    fc.constantFrom(
      "compiling",
      environment.NPM_TOKEN,
      "x https://me:t0ken-in-a-url@host/ y",
      key.join("\n"),
    ),
    { maxLength: 12 },
  );
  const whole = [environment.NPM_TOKEN, "t0ken-in-a-url", ...key.slice(1, 3)];
  for (const [what, cut] of [
    ["lines", (text: string, count: number) => lastLines(text, count, redact).join("\n")],
    ["last characters", (text: string, count: number) => lastCharacters(text, count, redact)],
    ["first characters", (text: string, count: number) => firstCharacters(text, count, redact)],
  ] as const) {
    it(`is cut to its ${what} after that`, () =>
      fc.assert(
        fc.property(lines, fc.integer({ min: 1, max: 200 }), (text, count) => {
          const shown = cut(text.join("\n"), count);
          expect(whole.flatMap((secret) => piecesIn(secret, shown))).to.deep.equal([]);
        }),
      ));
  }
});
