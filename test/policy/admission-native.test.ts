// The native policies on a real API server: what they refuse of the corpus, in every mode; what the caller reads; and
// whether the corpus detects a weaker version of each.
import { expect } from "chai";
import { POLICIES, POLICY_KEYS, type PolicyKey } from "../../components/admission/policies/index.ts";
import type { AdmissionPolicy } from "../../components/admission/policy.ts";
import { IMAGE_PLACES } from "../../components/core/image-places.ts";
import { isDeep, sampleOf } from "../depth.ts";
import { type AdmissionCase, CASES, PARAMETERS } from "./admission-corpus/index.ts";
import { policyMutants } from "./admission-mutants.ts";
import { askAll, inForce, named } from "./admission-policies.ts";
import { AdmissionServer, type Answer } from "./admission-server.ts";
import { NAMES_NO_IMAGE, type OpenApi, textsAboutImages } from "./image-places.ts";
import { SURVIVORS } from "./admission-survivors.ts";

const policies = POLICY_KEYS.map((key) => POLICIES[key](PARAMETERS));
const nameOf = (key: PolicyKey): string => POLICIES[key](PARAMETERS).name;

const expectedOf = ({ expected }: AdmissionCase): string =>
  expected === "allowed" ? "allowed" : `denied by ${nameOf(expected.denied)}`;

function verdict(answer: Answer): string {
  if (answer.status < 300) return "allowed";
  const [policy] = named(answer);
  return answer.status === 403 && policy !== undefined ? `denied by ${policy}` : `broken: ${answer.message}`;
}

/** What was expected and what came, where they differ. */
function surprises(answers: readonly Answer[], expected: (asked: AdmissionCase) => string): string[] {
  return CASES.flatMap((asked, index) => {
    const answer = answers[index];
    const found = answer === undefined ? "no answer" : verdict(answer);
    return found === expected(asked) ? [] : [`${asked.name}: expected ${expected(asked)}, found ${found}`];
  });
}

describe("the native admission policies", function () {
  this.timeout("2m");
  let server: AdmissionServer;

  before(async function () {
    this.timeout("60m"); // Tools may have to be built.
    server = await AdmissionServer.start();
  });
  after(() => server.stop());

  it("are tested with at least 60 objects, for every policy with some that it rejects", () => {
    expect(CASES.length).to.be.at.least(60);
    const denied = new Set(CASES.map(expectedOf));
    expect([...denied]).to.have.members(["allowed", ...policies.map(({ name }) => `denied by ${name}`)]);
  });

  it("know every place of a pod that names an image: this API server's schema has no other", async () => {
    const { body } = await server.send("GET", "openapi/v3/api/v1");
    const isExplained = (path: string) => Object.keys(NAMES_NO_IMAGE).some((end) => path.endsWith(end));
    expect(textsAboutImages(body as OpenApi).filter((path) => !isExplained(path))).to.have.members(
      IMAGE_PLACES.map(({ list, path }) => `${list}[].${path.join(".")}`),
    );
  });

  it("change nothing when they are off", async () =>
    expect(surprises(await askAll(server), () => "allowed")).to.deep.equal([]));

  it("reject exactly what they must reject", async () => {
    const { refused, remove } = await inForce(server, policies, "enforce");
    try {
      expect(refused).to.deep.equal([]);
      expect(surprises(await askAll(server), expectedOf)).to.deep.equal([]);
    } finally {
      await remove();
    }
  });

  it("warn the caller in audit mode, and admit the request", async () => {
    const { remove } = await inForce(server, policies, "audit");
    try {
      const answers = await askAll(server);
      expect(surprises(answers, () => "allowed")).to.deep.equal([]);
      const differing = CASES.flatMap((asked, index) => {
        const [first = "none"] = answers[index] === undefined ? [] : named(answers[index]);
        const expected = asked.expected === "allowed" ? "none" : nameOf(asked.expected.denied);
        return first === expected ? [] : [`${asked.name}: expected a warning by ${expected}, found ${first}`];
      });
      expect(differing).to.deep.equal([]);
    } finally {
      await remove();
    }
  });

  /** The mutants that no request distinguishes from the original. All are checked at once, and each warns with its name. */
  async function judge(
    mutants: readonly Mutant[],
  ): Promise<{ survivors: string[]; refused: readonly string[] }> {
    const [first] = mutants;
    if (first === undefined) return { survivors: [], refused: [] };
    const about = CASES.filter((asked) => isAbout(first.original, asked));
    const { refused, remove } = await inForce(
      server,
      mutants.map(({ policy }) => policy),
      "audit",
    );
    const answers = await askAll(server, about);
    await remove();
    if (mutants.length > 1 && answers.some(({ warnings }) => warnings.join("").length > LONGEST_WARNINGS)) {
      const half = Math.ceil(mutants.length / 2);
      const [one, other] = [await judge(mutants.slice(0, half)), await judge(mutants.slice(half))];
      return {
        survivors: [...one.survivors, ...other.survivors],
        refused: [...one.refused, ...other.refused],
      };
    }
    const denials = answers.map((answer) => new Set(named(answer)));
    const survivors = mutants.filter(({ original, policy }) =>
      about.every(
        (asked, index) =>
          denials[index]?.has(policy.name) === (expectedOf(asked) === `denied by ${original.name}`),
      ),
    );
    return { survivors: survivors.map(({ what }) => what), refused };
  }

  it("have no part that could be weaker without a case that detects it", async function () {
    this.timeout("20m");
    const mutants = policies
      .flatMap((original) => policyMutants(original).map((mutant) => ({ ...mutant, original })))
      .map((mutant, index) => ({ ...mutant, policy: brief(mutant.policy, `m${index}`) }));
    const survivors: string[] = [];
    const refused: string[] = [];
    let asked = 0;
    for (const original of policies) {
      const all = mutants.filter((mutant) => mutant.original === original);
      const own = sampleOf(`mutants of ${original.name}`, all, BATCH, ({ what }) => what);
      asked += own.length;
      for (let start = 0; start < own.length; start += BATCH) {
        const judged = await judge(own.slice(start, start + BATCH));
        survivors.push(...judged.survivors);
        refused.push(...judged.refused);
      }
    }
    console.log(
      `      ${asked} mutants: ${asked - survivors.length} detected (${refused.length} by the API server, which rejects them), ${survivors.length} not`,
    );
    expect(Object.keys(SURVIVORS)).to.include.members([...new Set(survivors)]);
    // Of a sample, some of them are missing.
    if (isDeep) expect(survivors).to.include.members(Object.keys(SURVIVORS));
  });
});

/** An API server ends its warnings after 4096 characters, and one may be 256 long. */
const LONGEST_WARNINGS = 3800;
const BATCH = 24;

interface Mutant {
  readonly what: string;
  readonly original: AdmissionPolicy;
  readonly policy: AdmissionPolicy;
}

/** Whether a policy sees a request at all. Its mutants see no other. */
function isAbout({ rules }: AdmissionPolicy, { object, subresource, operation }: AdmissionCase): boolean {
  const resource = [
    `${object.kind.toLowerCase()}s`,
    ...(subresource === undefined ? [] : [subresource]),
  ].join("/");
  return rules.some(
    ({ resources, operations }) => resources.includes(resource) && operations.includes(operation),
  );
}

/** With a name and a message that take little room in an answer. */
function brief(policy: AdmissionPolicy, name: string): AdmissionPolicy {
  return {
    ...policy,
    name,
    validations: policy.validations.map(({ expression }) => ({
      expression,
      message: "x",
      messageExpression: "'x'",
    })),
  };
}
