// The borders of the platform, cell by cell: what its declared edges say against what analysers that we did not write
// say about its network policies.
import { expect } from "chai";
import { edgesOf } from "../../stacks/topology.ts";
import { platformConfig, runStack } from "../program.ts";
import { RENAMED, STACKS, type Variant, VARIANTS } from "../variants.ts";
import { analysers } from "./analysers/here.ts";
import { type Analyser, type Connection, rulesOf, SOMEWHERE } from "./analysers/question.ts";
import {
  connectionsOf,
  declared,
  describeConnection,
  type Isolation,
  isolationOf,
  oneSide,
  sides,
} from "./isolation-cluster.ts";
import { type Mutant, mutantsOf } from "./isolation-mutants.ts";

const variants = [...STACKS, RENAMED, ...VARIANTS.filter(({ name }) => name === "dev-provider-models")];

interface Borders extends Isolation {
  readonly name: string;
  readonly connections: readonly Connection[];
  readonly declared: ReturnType<typeof declared>;
}

async function bordersOf({ name, stack, settings }: Variant): Promise<Borders> {
  const isolation = isolationOf(await runStack(stack, settings));
  return {
    ...isolation,
    name,
    connections: connectionsOf(isolation),
    declared: declared(isolation, edgesOf(platformConfig(stack, settings))),
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

  it("let nobody of the platform reach metadata, nodes or the API server, unless an edge names them", () => {
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
        it(`are right by their ${side} alone, so that neither side relies on the other`, async () => {
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

      it("show every policy that is removed, weakened or narrowed", async () => {
        const found = all.find(({ name: variant }) => variant === "prod");
        if (found === undefined) throw new Error("no stack to mutate");
        const borders = { ...found, connections: sample(found) };
        const mutants = mutantsOf(borders.cluster);
        const caught = new Set<Mutant>();
        for (const side of sides) {
          const about = mutants.filter((mutant) => mutant.side === undefined || mutant.side === side);
          const answers = await analyser.judge(
            about.map(({ cluster }) => ({
              cluster: oneSide(cluster, side),
              connections: borders.connections,
            })),
          );
          for (const [index, mutant] of about.entries())
            if (surprises(borders, answers[index], borders.declared[side]).next().done === false)
              caught.add(mutant);
        }
        // What nobody can tell from the original says why; everything else is caught.
        expect(mutants.filter((mutant) => !caught.has(mutant)).map(({ what }) => what)).to.deep.equal(
          mutants.filter(({ sameAs }) => sameAs !== undefined).map(({ what }) => what),
        );
        expect(caught.size).to.be.greaterThan(100);
      });
    });
  }
});

/** Enough to tell: one of each two replicas, a protocol where a policy names it, its ports and the next ones. */
function sample({ cluster, connections }: Borders): Connection[] {
  const pods = new Map(cluster.pods.map((pod) => [pod.address, pod]));
  const isTelling = (address: string): boolean => pods.get(address)?.name.endsWith("-2") !== true;
  const named = rulesOf(cluster).flatMap(({ ports }) =>
    ports.map(({ port, protocol = "TCP" }) => ({ port: Number(port), protocol })),
  );
  const kept = new Set(
    named.flatMap(({ port, protocol }) => [`${protocol} ${port}`, `${protocol} ${port + 1}`]),
  );
  return connections.filter(
    ({ source, destination, protocol, port }) =>
      kept.has(`${protocol} ${port}`) &&
      isTelling(source) &&
      isTelling(destination) &&
      // Whoever comes from outside is as much outside as anybody else.
      (pods.has(source) || source === SOMEWHERE),
  );
}
