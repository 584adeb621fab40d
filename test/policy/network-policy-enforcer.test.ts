// The sandbox's own enforcer of network policies, connection by connection, against analysers that we did not write:
// a packet goes through the text of its ruleset as the kernel would take it.
import { expect } from "chai";
import fc from "fast-check";
import type { ClusterState, Policy } from "../../sandbox/live/network-policy/objects.ts";
import { renderRuleset } from "../../sandbox/live/network-policy/ruleset.ts";
import { clusters } from "../unit/sandbox/live/network-policy-clusters.ts";
import { packetFilter } from "../unit/sandbox/live/network-policy-model.ts";
import { mapSelectors, withPeers } from "./analysers/adaptations.ts";
import { corpus } from "./analysers/corpus.ts";
import { analysers } from "./analysers/here.ts";
import { type Analyser, type Connection, everyConnection, type Question } from "./analysers/question.ts";

/** The same in each run, because every mutant below has to differ in one of them. */
const randomClusters = fc.sample(clusters, { numRuns: 40, seed: 1 }).map((cluster, index) => ({
  name: `random cluster ${index + 1}`,
  cluster,
}));

interface Case extends Question {
  readonly name: string;
}

const withConnections = ({ name, cluster }: { name: string; cluster: ClusterState }): Case => ({
  name,
  cluster,
  connections: everyConnection(cluster),
});
const corpusCases = corpus.map(withConnections);
const cases = [...corpusCases, ...randomClusters.map(withConnections)];

type Render = (cluster: ClusterState) => string;

/** What the enforcer lets through. The node itself is one of the addresses outside: both hooks must say the same. */
function enforce({ cluster, connections }: Question, render: Render): boolean[] {
  const pods = new Set(cluster.pods.map(({ address }) => address));
  const isPod = (address: string): boolean => pods.has(address);
  const [routed, toNode] = (["forward", "input"] as const).map((hook) =>
    packetFilter(render(cluster), isPod, hook),
  );
  return connections.map((connection) => {
    const passes = routed?.(connection) === true;
    if (!isPod(connection.destination) && toNode?.(connection) !== passes)
      throw new Error(`the node as the destination of ${describeConnection(connection)} is another matter`);
    return passes;
  });
}

const describeConnection = ({ source, destination, protocol, port }: Connection): string =>
  `${source} -> ${destination} ${protocol} ${port}`;

/** The connections for which an enforcer and an analyser differ. */
function* disagreements(
  asked: readonly Case[],
  answers: readonly (readonly boolean[])[],
  render: Render = renderRuleset,
): Generator<string> {
  for (const [index, question] of asked.entries()) {
    const passes = enforce(question, render);
    for (const [at, connection] of question.connections.entries())
      if (passes[at] !== answers[index]?.[at])
        yield `${question.name}: ${describeConnection(connection)} passes: ${String(passes[at])}`;
  }
}

const withPolicies =
  (map: (policy: Policy) => Policy): Render =>
  (cluster) =>
    renderRuleset({ ...cluster, policies: cluster.policies.map(map) });
const withSpec = (map: (spec: Policy["spec"]) => Policy["spec"]): Render =>
  withPolicies((policy) => ({ ...policy, spec: map(policy.spec) }));

/** Ways to be wrong that the comparison must see. */
const wrong: Readonly<Record<string, Render>> = {
  "forgets the exceptions of blocks": (cluster) =>
    renderRuleset(cluster).replaceAll(/ip [sd]addr != \S+\/\d+ /g, ""),
  "forgets one exception of several": (cluster) =>
    renderRuleset(cluster).replaceAll(/(ip [sd]addr != \S+\/\d+ )ip [sd]addr != \S+\/\d+ /g, "$1"),
  "forgets the end of ranges of ports": (cluster) =>
    renderRuleset(cluster).replaceAll(/\b(\d+)-\d+\b/g, "$1"),
  "ends ranges of ports a port early": (cluster) =>
    renderRuleset(cluster).replaceAll(
      /\b(\d+)-(\d+)\b/g,
      (_, first: string, last: string) => `${first}-${Number(last) - 1}`,
    ),
  "takes every protocol for TCP": (cluster) =>
    renderRuleset(cluster).replaceAll(/(udp|sctp)(?= dport)/g, "tcp"),
  "takes ingress for egress": withSpec(({ ingress = [], egress = [], ...spec }) => ({
    ...spec,
    ingress: egress.map(({ to, ports }) => ({ ...(to && { from: to }), ...(ports && { ports }) })),
    egress: ingress.map(({ from, ports }) => ({ ...(from && { to: from }), ...(ports && { ports }) })),
  })),
  "asks only one of the two sides": withSpec((spec) => ({ ...spec, policyTypes: ["Ingress"] })),
  "closes egress that no type names": withSpec((spec) => ({ ...spec, policyTypes: ["Ingress", "Egress"] })),
  "forgets NotIn": withPolicies((policy) =>
    mapSelectors(policy, ({ matchExpressions = [], ...selector }) => ({
      ...selector,
      matchExpressions: matchExpressions.filter(({ operator }) => operator !== "NotIn"),
    })),
  ),
  "selects nothing by NotIn that lacks the label": withPolicies((policy) =>
    mapSelectors(policy, ({ matchExpressions = [], ...selector }) => ({
      ...selector,
      matchExpressions: matchExpressions.flatMap((one) =>
        one.operator === "NotIn" ? [one, { key: one.key, operator: "Exists" }] : [one],
      ),
    })),
  ),
  "forgets the selector of namespaces": withPolicies((policy) =>
    withPeers(policy, ({ namespaceSelector, ...peer }) => [
      namespaceSelector ? { ...peer, podSelector: {} } : peer,
    ]),
  ),
  "selects pods of every namespace": withPolicies((policy) =>
    withPeers(policy, (peer) => [peer.podSelector ? { ...peer, namespaceSelector: {} } : peer]),
  ),
  "knows no names of ports": (cluster) =>
    renderRuleset({
      ...cluster,
      pods: cluster.pods.map((pod) => ({
        ...pod,
        ports: pod.ports.map((port) => ({ ...port, name: "" })),
      })),
    }),
  "reads an empty list of peers as no peer": withSpec((spec) => ({
    ...spec,
    ...(spec.ingress && { ingress: spec.ingress.filter(({ from = [] }) => from.length > 0) }),
    ...(spec.egress && { egress: spec.egress.filter(({ to = [] }) => to.length > 0) }),
  })),
  "sees no pods in blocks": (cluster) =>
    renderRuleset(cluster).replaceAll(
      /^ {4}ip ([sd]addr) (?=\d)/gm,
      (_, field: string) => `    ip ${field} != 10.244.0.0/24 ip ${field} `,
    ),
  "lets the first policy decide": (cluster) =>
    renderRuleset({ ...cluster, policies: cluster.policies.slice(0, 1) }),
  "drops nothing": (cluster) => renderRuleset(cluster).replaceAll(/^ {4}drop$/gm, "    accept"),
};

for (const { name, needs, differences, start } of analysers) {
  describe(`the sandbox's enforcer of network policies and ${name}`, function () {
    this.timeout("5m");
    let answers: readonly (readonly boolean[])[] = [];
    let analyser: Analyser;

    before(needs, async function () {
      const found = await start();
      if (found === undefined) return this.skip();
      analyser = found;
      answers = await analyser.judge(cases);
    });

    it("agree on every connection of the corpus and of random clusters", () => {
      expect([...disagreements(cases, answers)]).to.deep.equal([]);
      // A comparison where nothing is refused, or nothing allowed, compares nothing.
      const all = answers.flat();
      expect(all).to.have.lengthOf(cases.reduce((sum, { connections }) => sum + connections.length, 0));
      expect(all.filter((allowed) => allowed).length / all.length).to.be.within(0.2, 0.8);
    });

    for (const [what, render] of Object.entries(wrong)) {
      it(`differ if an enforcer ${what}`, () => {
        expect(disagreements(cases, answers, render).next().done).to.equal(false);
      });
    }

    for (const difference of differences) {
      const shows = ({ name: caseName }: Case): boolean => difference.shownBy.includes(caseName);
      const others = differences.filter((other) => other !== difference);

      it(`known: ${name} ${difference.what}; exactly the expected cases show it`, async () => {
        const shown = corpusCases.filter(shows);
        expect(shown.map((one) => one.name)).to.deep.equal(difference.shownBy);
        for (const one of shown) {
          // One by one: a policy that it refuses is an error of the whole run.
          const outcome = await analyser.judge([one], others).catch(() => [[]]);
          expect(disagreements([one], outcome).next().done, one.name).to.equal(false);
        }
        const rest = corpusCases.filter((one) => !shows(one));
        expect([...disagreements(rest, await analyser.judge(rest, others))]).to.deep.equal([]);
      });
    }
  });
}
