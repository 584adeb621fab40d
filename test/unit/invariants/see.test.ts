import { expect } from "chai";
import { INVARIANTS } from "../../invariants/all.ts";
import { type Breakages, USERS_SECRET } from "../../invariants/breakages/breakage.ts";
import { CLOUDNATIVEPG } from "../../invariants/breakages/cloudnativepg.ts";
import { LIFECYCLE } from "../../invariants/breakages/lifecycle.ts";
import { NAMING } from "../../invariants/breakages/naming.ts";
import { NETWORK } from "../../invariants/breakages/network.ts";
import { PODS } from "../../invariants/breakages/pods.ts";
import { REFERENCES } from "../../invariants/breakages/references.ts";
import { SECRETS } from "../../invariants/breakages/secrets.ts";
import { FREE_HEALTH, MUTABLE_SECRETS, NO_SECRETS, TAG_FORMS } from "../../invariants/exceptions.ts";
import { HOLDS_DATA, WRITTEN_ONCE } from "../../invariants/lifecycle.ts";
import type { Synth } from "../../invariants/invariant.ts";
import { isDeniedLitellm } from "../../invariants/pods.ts";
import { containersOf, podOwners } from "../../kubernetes.ts";
import { platformConfig, runStack } from "../../program.ts";
import { PROD_MANIFESTS } from "../../variants.ts";

// Each invariant gets something broken here and must report it, because a check that cannot fail is useless.

const BREAKAGES: Breakages = { ...NAMING, ...SECRETS, ...PODS, ...REFERENCES, ...NETWORK, ...LIFECYCLE };

describe("every invariant sees", () => {
  /** Every kind of workload that the program itself makes. */
  let synth: Synth;
  /** An operator makes some of them. */
  let prod: Synth;
  before(async () => {
    const { settings } = PROD_MANIFESTS;
    const single = { ...settings, "postgres.mode": "single" };
    synth = { recording: await runStack("prod", single), config: platformConfig("prod", single) };
    prod = { recording: await runStack("prod", settings), config: platformConfig("prod", settings) };
  });

  it("has a breakage for each invariant", () =>
    expect(Object.keys(BREAKAGES)).to.have.members(Object.keys(INVARIANTS)));

  for (const [statement, breakages] of Object.entries(BREAKAGES)) {
    for (const [what, mutation] of Object.entries(breakages)) {
      it(`${statement}: ${what}`, () => {
        const mutant = { ...synth, recording: mutation(synth.recording) };
        expect(INVARIANTS[statement]?.(mutant)).to.not.be.empty;
      });
    }
  }

  for (const [statement, breakages] of Object.entries(CLOUDNATIVEPG)) {
    for (const [what, mutation] of Object.entries(breakages)) {
      it(`${statement}: ${what}`, () => {
        expect(INVARIANTS[statement]?.(prod)).to.be.empty;
        expect(INVARIANTS[statement]?.({ ...prod, recording: mutation(prod.recording) })).to.not.be.empty;
      });
    }
  }

  it("prod protects data, dev nothing: protection in dev", () => {
    const dev = { ...synth, config: { ...synth.config, profile: "dev" as const } };
    expect(INVARIANTS["prod protects data, dev nothing"]?.(dev)).to.not.be.empty;
  });

  it("nothing is unused: the Secret of a user whom the configuration does not have", () => {
    const { config } = synth;
    for (const users of [[], config.nats.users.map((user) => ({ ...user, namespace: "elsewhere" }))]) {
      const others = { ...synth, config: { ...config, nats: { ...config.nats, users } } };
      expect(INVARIANTS["nothing is unused"]?.(others).join()).to.include(USERS_SECRET);
    }
  });

  it("every exception is needed, because its subject exists", () => {
    const resources = [synth, prod].flatMap(({ recording }) => recording.resources);
    const names = resources.map(({ name }) => name);
    const containers = podOwners(synth.recording).flatMap(({ labels, pod }) =>
      containersOf(pod).map((container) => ({ ...container, application: labels["app.kubernetes.io/name"] })),
    );
    const there = [
      ...names,
      ...containers.flatMap(({ env = [] }) => env.map(({ name }) => name)),
      ...containers
        .filter(({ livenessProbe }) => livenessProbe?.httpGet?.path === "/health")
        .map(({ application }) => application),
      ...Object.keys(TAG_FORMS).filter((end) => containers.some(({ image }) => image.includes(`${end}:`))),
      ...Object.keys(WRITTEN_ONCE).filter((credential) => names.includes(`${credential}-first`)),
    ];
    const tables = [MUTABLE_SECRETS, FREE_HEALTH, NO_SECRETS, TAG_FORMS, WRITTEN_ONCE, HOLDS_DATA];
    expect(tables.flatMap(Object.keys).filter((name) => !there.includes(name))).to.deep.equal([]);
  });

  for (const [tag, denied] of [
    ["v1.83.99", true],
    ["v1.82.7", true],
    ["v0.99.0", true],
    ["v1.84.0", false],
    ["v2.0.0", false],
  ] as const) {
    it(`LiteLLM ${tag} is ${denied ? "denied" : "allowed"}`, () =>
      expect(isDeniedLitellm(tag)).to.equal(denied));
  }
});
