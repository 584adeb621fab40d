// The borders of the platform, cell by cell: what its declared edges say against what analysers that we did not write
// say about its network policies.
import { expect } from "chai";
import { edgesOf } from "../../stacks/plan.ts";
import { apiCallers, everyApiCaller } from "../invariants/exceptions.ts";
import { sampleOf } from "../depth.ts";
import { platformConfig, runStack } from "../program.ts";
import { BORDERS, PROVIDER_MODELS, STACKS, type Variant } from "../variants.ts";
import { analysers } from "./analysers/here.ts";
import { type Analyser, type Connection, type Question, rulesOf, SOMEWHERE } from "./analysers/question.ts";
import {
  connectionsOf,
  declared,
  describeConnection,
  type Isolation,
  isolationOf,
  oneSide,
  type Side,
  sides,
} from "./isolation-cluster.ts";
import { type Mutant, mutantsOf } from "./isolation-mutants.ts";

/**
 * In one, since none hides another: namespaces of other names, where callers stand in one that is not the platform's;
 * providers of two ports; and everybody who can be let in from outside. A route of a Gateway lets the same pods in as an
 * Ingress.
 */
const OPENED: Variant = {
  name: "dev-opened",
  stack: "dev",
  settings: {
    namespacePrefix: "team-a",
    "gateway.models": PROVIDER_MODELS,
    "tracing.publicUrl": "http://192.168.1.10:30444",
    "tracing.exposure": { kind: "nodePort", nodePort: 30_444, sourceRanges: ["192.168.1.0/24", "fd00::/16"] },
    "gateway.exposure": { kind: "loadBalancer", openToAll: true },
    "chat.exposure": {
      kind: "ingress",
      host: "chat.example.org",
      ingressClass: "nginx",
      tlsSecret: "chat-tls",
    },
    ingressController: {
      namespace: "ingress-nginx",
      podLabels: ["app.kubernetes.io/name=ingress-nginx", "app.kubernetes.io/component=controller"],
    },
  },
};

const variants = [...STACKS, OPENED, BORDERS];

interface Borders extends Isolation {
  readonly name: string;
  readonly connections: readonly Connection[];
  readonly declared: ReturnType<typeof declared>;
}

async function bordersOf({ name, stack, settings }: Variant): Promise<Borders> {
  const config = platformConfig(stack, settings);
  const edges = edgesOf(config);
  const isolation = isolationOf(await runStack(stack, settings), edges);
  return {
    ...isolation,
    name,
    connections: connectionsOf(isolation),
    declared: declared(isolation, edges, [...apiCallers(config), ...everyApiCaller(config)]),
  };
}

/** Readable, so that a change of what can be reached can be judged. */
function* surprises(
  borders: Borders,
  allowed: readonly boolean[] | undefined,
  isDeclared: (connection: Connection) => boolean,
): Generator<string> {
  for (const [index, connection] of borders.connections.entries()) {
    const expected = isDeclared(connection);
    if (allowed?.[index] !== expected)
      yield `${describeConnection(borders, connection)} is ${expected ? "declared, but closed" : "open, but not declared"}`;
  }
}

describe("the borders of the platform", function () {
  this.timeout("5m");
  let all: readonly Borders[] = [];

  before(async () => {
    const made: Borders[] = [];
    // One after the other: a program that is recorded has the process to itself.
    for (const variant of variants) made.push(await bordersOf(variant));
    all = made;
  });

  it("select only by labels and numbered ports, as the reduced set of questions assumes", () => {
    for (const { name, cluster } of all) {
      expect(JSON.stringify(cluster.policies), name).not.to.match(/"(matchExpressions|endPort)"/);
      const ports = rulesOf(cluster).flatMap((rule) => rule.ports.map(({ port }) => typeof port));
      expect(new Set(ports), name).to.deep.equal(new Set(["number"]));
    }
  });

  it("let no platform pod reach metadata, nodes or the API server, unless an edge allows it", () => {
    for (const { name, own, cluster, connections, declared: is } of all) {
      const inside = cluster.pods.filter(({ namespace }) => own.has(namespace)).map(({ address }) => address);
      const closed = ["169.254.169.254", "192.168.1.10", "10.96.0.1"];
      const asked = connections.filter(
        ({ source, destination }) => inside.includes(source) && closed.includes(destination),
      );
      expect(asked, name).not.to.be.empty;
      expect(asked.filter(is.Egress), name).to.be.empty;
    }
  });

  for (const { name, needs, start } of analysers) {
    describe(`by ${name}`, () => {
      let analyser: Analyser;

      before(needs, async function () {
        const found = await start();
        if (found === undefined) return this.skip();
        analyser = found;
      });

      it("are what the edges declare, in every stack", async () => {
        const answers = await analyser.judge(all);
        for (const [index, borders] of all.entries()) {
          const { Egress, Ingress } = borders.declared;
          const both = (connection: Connection): boolean => Egress(connection) && Ingress(connection);
          expect([...surprises(borders, answers[index], both)], borders.name).to.deep.equal([]);
          // A comparison where nothing is refused, or nothing allowed, compares nothing.
          expect(answers[index]?.filter((allowed) => allowed).length, borders.name).to.be.greaterThan(50);
          expect(answers[index]?.filter((allowed) => !allowed).length, borders.name).to.be.greaterThan(
            10_000,
          );
        }
      });

      for (const side of sides) {
        it(`are right with only their ${side}, so that neither side depends on the other`, async () => {
          const answers = await analyser.judge(
            all.map(({ cluster, connections }) => ({ cluster: oneSide(cluster, side), connections })),
          );
          for (const [index, borders] of all.entries())
            expect(
              [...surprises(borders, answers[index], borders.declared[side])],
              borders.name,
            ).to.deep.equal([]);
        });
      }

      it("let tenants connect only to the gateway and DNS, and let nothing connect to a tenant", async () => {
        const borders = named(all, BORDERS.name);
        const [answers = []] = await analyser.judge([borders]);
        const isTenant = (address: string): boolean => spaceOf(borders, address).startsWith("llm-tenant-");
        const dns = (tenant: string) =>
          [
            ["kube-system", 53],
            ["openshift-dns", 5353],
          ].flatMap(([where, port]) =>
            ["TCP", "UDP"].map((protocol) => `${tenant}/newcomer -> ${where}/dns ${protocol} ${port}`),
          );
        expect(opened(borders, answers, ({ source }) => isTenant(source))).to.have.members([
          ...["archive", "research", "support"].flatMap((tenant) => dns(`llm-tenant-${tenant}`)),
          ...["research", "support"].map(
            (tenant) => `llm-tenant-${tenant}/newcomer -> llm-gateway/litellm-server TCP 4000`,
          ),
        ]);
        expect(opened(borders, answers, ({ destination }) => isTenant(destination))).to.deep.equal([]);
      });

      it("let only the gateways and monitoring reach the model servers", async () => {
        const borders = named(all, BORDERS.name);
        const [answers = []] = await analyser.judge([borders]);
        const gateway = "llm-gateway/litellm-server";
        expect(
          opened(borders, answers, ({ destination }) => borders.guarded.has(destination)),
        ).to.have.members([
          ...["server TCP 8000", "canary TCP 8001"].flatMap((server) => [
            `${gateway} -> models/vllm-${server}`,
            `monitoring/prometheus -> models/vllm-${server}`,
          ]),
          `${gateway} -> serving/embeddings-server TCP 8080`,
          "serving/inference-gateway -> serving/embeddings-server TCP 8080",
          "monitoring/prometheus -> serving/embeddings-server TCP 8080",
        ]);
      });

      // The engines agree on every question above: here it is the questions that are tried, and one engine will do. nca
      // gives up, without a word, on hundreds of clusters in a run.
      if (name !== "cyclonus") return;

      it("show every policy that is removed, weakened or narrowed", async function () {
        // Over a thousand clusters in a deep run, each judged by a run of its own.
        this.timeout("20m");
        const known = new Set(named(all, "dev").cluster.policies.map((policy) => JSON.stringify(policy)));
        const isNew = ({ policy }: Mutant): boolean => !known.has(JSON.stringify(policy));
        const [prod, borders] = [named(all, "prod"), named(all, BORDERS.name)];
        const what = (mutant: Mutant): string => mutant.what;
        const ofProd = sampleOf("mutants of prod's network policies", mutantsOf(prod.cluster), 100, what);
        // What the stack has without them is in prod, too.
        const added = mutantsOf(borders.cluster).filter(isNew);
        const ofBorders = sampleOf(
          `mutants of the network policies that ${BORDERS.name} adds`,
          added,
          50,
          what,
        );
        const judged = [await judge(ofProd, prod, analyser), await judge(ofBorders, borders, analyser)];
        const caught = judged.reduce((sum, { caught: some }) => sum + some.length, 0);
        const survivors = judged.flatMap((each) => each.survivors);
        process.stdout.write(scoreOf(caught, survivors));
        // A mutant that cannot be distinguished has a reason. Every other mutant is detected.
        expect(survivors.filter(({ sameAs }) => sameAs === undefined).map(({ what }) => what)).to.deep.equal(
          [],
        );
        const alike = judged.flatMap((each) => each.caught).filter(({ sameAs }) => sameAs !== undefined);
        expect(alike.map(({ what }) => what)).to.deep.equal([]);
        expect(caught).to.be.greaterThan(0.3 * (ofProd.length + ofBorders.length));
      });
    });
  }
});

function named(all: readonly Borders[], name: string): Borders {
  const found = all.find((borders) => borders.name === name);
  if (found === undefined) throw new Error(`no stack ${name}`);
  return found;
}

const spaceOf = ({ cluster }: Borders, address: string): string =>
  cluster.pods.find((pod) => pod.address === address)?.namespace ?? "";

/** The cells that are open, of those that are looked at. */
function opened(
  borders: Borders,
  answers: readonly boolean[],
  isLookedAt: (connection: Connection) => boolean,
): string[] {
  return borders.connections
    .filter((connection, index) => answers[index] === true && isLookedAt(connection))
    .map((connection) => describeConnection(borders, connection));
}

/** The mutants that the questions distinguish from the original, and the others. */
async function judge(
  mutants: readonly Mutant[],
  borders: Borders,
  analyser: Analyser,
): Promise<{ readonly caught: readonly Mutant[]; readonly survivors: readonly Mutant[] }> {
  const caught = new Set<Mutant>();
  for (const side of sides) {
    const about = mutants.filter((mutant) => mutant.side === undefined || mutant.side === side);
    const questions = about.map((mutant) => questionOf(mutant, side, borders));
    const answers = await analyser.judge(questions);
    for (const [index, mutant] of about.entries()) {
      const asked = { ...borders, connections: questions[index]?.connections ?? [] };
      const found = surprises(asked, answers[index], borders.declared[side]);
      if (found.next().done === false) caught.add(mutant);
    }
  }
  return { caught: [...caught], survivors: mutants.filter((mutant) => !caught.has(mutant)) };
}

/** How many were detected, and why the others could not be. */
function scoreOf(caught: number, survivors: readonly Mutant[]): string {
  const byReason = Map.groupBy(survivors, ({ sameAs = "NO REASON" }) => sameAs);
  const reasons = [...byReason].map(([reason, { length }]) => `${length} (${reason})`);
  return `\n  mutants of the policies: ${caught} of ${caught + survivors.length} caught; the rest change nothing: ${reasons.join(", ")}\n`;
}

/**
 * The questions that a change of one policy can affect. A side of a policy acts only on pods of its own namespace and on
 * its ports. The other questions and policies do not change. It is enough to ask about those ports, the next ones, and an
 * unknown one.
 */
function questionOf({ policy, cluster }: Mutant, side: Side, { connections }: Borders): Question {
  const { namespace } = policy.metadata;
  const policies = cluster.policies.filter(({ metadata }) => metadata.namespace === namespace);
  const acting = new Set(
    cluster.pods.filter((pod) => pod.namespace === namespace).map(({ address }) => address),
  );
  const pods = new Set(cluster.pods.map(({ address }) => address));
  const rules = rulesOf({ ...cluster, policies: [policy] });
  const named = rules.flatMap(({ ports }) => ports);
  // Where that side names no block, any place of the world is as much outside as another.
  const tellsBlocks = rulesOf(oneSide({ ...cluster, policies: [policy] }, side)).some(({ peers }) =>
    peers.some(({ ipBlock }) => ipBlock !== undefined),
  );
  const isTelling = (address: string): boolean => tellsBlocks || address === SOMEWHERE || pods.has(address);
  const kept = new Set([
    "TCP 1",
    ...named.flatMap(({ port, protocol = "TCP" }) =>
      [Number(port), Number(port) + 1].map((each) => `${protocol} ${each}`),
    ),
  ]);
  return {
    cluster: oneSide({ ...cluster, policies }, side),
    connections: connections.filter(
      ({ source, destination, protocol, port }) =>
        kept.has(`${protocol} ${port}`) &&
        acting.has(side === "Egress" ? source : destination) &&
        isTelling(side === "Egress" ? destination : source),
    ),
  };
}
