// Policies in force on the server, and what they say of the corpus.
import type { ActiveMode, AdmissionPolicy } from "../../components/admission/policy.ts";
import { renderNativeBinding, renderNativePolicy } from "../../components/admission/render-native.ts";
import { eventually } from "../e2e/kubectl.ts";
import { type AdmissionCase, CASES, NAMESPACES } from "./admission-corpus/index.ts";
import type { AdmissionServer, Answer } from "./admission-server.ts";

const API = "admissionregistration.k8s.io/v1";
/** Made last: when it is in force, so are those before it. */
const sentinel = (name: string): AdmissionPolicy => ({
  name,
  description: "",
  rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["serviceaccounts"] }],
  matchConditions: [],
  variables: [],
  validations: [{ expression: "false", message: "x", messageExpression: "'x'" }],
});

/** An earlier one may not have gone yet. */
let count = 0;

/**
 * Puts policies in force, until the returned function is called: whatever is put in force next comes after it has gone, for
 * an API server learns of them in their order. Those that it rejects are reported.
 */
export async function inForce(
  server: AdmissionServer,
  policies: readonly AdmissionPolicy[],
  mode: ActiveMode,
): Promise<{ readonly refused: readonly string[]; readonly remove: () => Promise<void> }> {
  const last = sentinel(`last-${String((count += 1))}`);
  const rendered = [...policies, last];
  const created = rendered.map((policy) => ({
    apiVersion: API,
    kind: "ValidatingAdmissionPolicy",
    ...renderNativePolicy(policy),
  }));
  const bindings = rendered.map((policy) => ({
    apiVersion: API,
    kind: "ValidatingAdmissionPolicyBinding",
    ...renderNativeBinding(policy, policy === last ? "audit" : mode),
  }));
  const { output } = await server.kubectl.tryCreate(...created);
  const refused = [...output.matchAll(/ValidatingAdmissionPolicy "([^"]+)" is invalid/g)].map(
    ([, name = ""]) => name,
  );
  await server.kubectl.create(...bindings);
  const seen = async (): Promise<boolean> =>
    named(await server.send("POST", ACCOUNTS, ACCOUNT)).includes(last.name);
  await eventually(seen, (isSeen) => isSeen);
  const names = rendered.map(({ name }) => name);
  return {
    refused,
    remove: async () => {
      const kinds = "validatingadmissionpolicies,validatingadmissionpolicybindings";
      await server.kubectl.run(`delete --ignore-not-found --wait=false ${kinds} ${names.join(" ")}`);
    },
  };
}

const ACCOUNTS = `api/v1/namespaces/${NAMESPACES[0]?.metadata.name ?? ""}/serviceaccounts`;
const ACCOUNT = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "sentinel" } };

/** The answers to the whole corpus, in its order. */
export async function askAll(
  server: AdmissionServer,
  cases: readonly AdmissionCase[] = CASES,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  // A few at a time: each is mostly waiting.
  for (let start = 0; start < cases.length; start += 8) {
    answers.push(...(await Promise.all(cases.slice(start, start + 8).map((each) => server.ask(each)))));
  }
  return answers;
}

/** The policies that an answer names. */
export function named({ message, warnings }: Answer): string[] {
  const texts = [message, ...warnings].join("\n");
  return [...texts.matchAll(/ValidatingAdmissionPolicy '([^']+)'/g)].map(([, name = ""]) => name);
}
