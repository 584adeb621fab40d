// The parts of the live node that can be judged without one: what is asked of the machine, names, volumes.
import { expect } from "chai";
import { parse } from "yaml";
import { filesOf } from "../../../../sandbox/tools/debian.ts";
import { renderConfiguration } from "../../../../sandbox/live/configuration.ts";
import type { Claim } from "../../../../sandbox/live/inside/volumes.ts";
import { volumeOf, wantsVolume } from "../../../../sandbox/live/inside/volumes.ts";
import type { Settings } from "../../../../sandbox/live/layout.ts";
import { cgroupName } from "../../../../sandbox/live/layout.ts";
import { cgroupHierarchies, findProgram } from "../../../../sandbox/live/machine-facts.ts";
import { machineProblems, refusal } from "../../../../sandbox/live/preflight.ts";
import { statePaths } from "../../../../sandbox/paths.ts";

describe("the live node: what the machine must have", () => {
  it("reports everything that is missing, and how to install it", async () => {
    const problems = await machineProblems("/nowhere");
    for (const program of ["unshare", "nsenter", "mount", "ip", "tar", "hostname"])
      expect(
        problems.filter((problem) => problem.startsWith(`the program ${program} (Debian: apt-get install`)),
      ).to.have.length(1);
    expect(problems.at(-1)).to.include("nftables");
    const { message } = refusal(problems);
    for (const problem of problems) expect(message).to.include(`  - ${problem}\n`);
    expect(message).to.include("Nothing was changed").and.to.include("make up");
  });

  it("finds every cgroup hierarchy once, also version 2 next to version 1", () => {
    const mounts = [
      "tmpfs /sys/fs/cgroup tmpfs rw 0 0",
      "cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0",
      "cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0",
      "cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0",
      "",
    ].join("\n");
    expect(cgroupHierarchies(mounts)).to.deep.equal(["/sys/fs/cgroup/memory", "/sys/fs/cgroup/unified"]);
    expect(cgroupHierarchies("")).to.deep.equal([]);
  });

  it("finds programs on the path, and only what can be executed", () => {
    expect(findProgram("sh", "/nowhere:/bin")).to.equal("/bin/sh");
    expect(findProgram("passwd", "/etc")).to.equal(undefined);
    expect(findProgram("sh", "")).to.equal(undefined);
  });

  it("reads the files of Debian packages from what apt prints", () => {
    const printed = `Reading lists...
'http://mirror/pool/n/nftables_1.0.6-2_amd64.deb' nftables_1.0.6-2_amd64.deb 68044 SHA256:aa
'http://mirror/pool/g/libgmp10_2%3a6.2_amd64.deb' libgmp10_2%3a6.2_amd64.deb 1 SHA256:bb
`;
    expect(filesOf(printed)).to.deep.equal(["libgmp10_2%3a6.2_amd64.deb", "nftables_1.0.6-2_amd64.deb"]);
  });
});

describe("the live node: two clones", () => {
  it("have groups of their own in the cgroups", () => {
    const [one, other] = ["/a/.sandbox", "/b/.sandbox"].map((root) => cgroupName(statePaths(root)));
    expect(one)
      .to.match(/^llm-platform-[0-9a-f]{12}$/)
      .and.not.to.equal(other);
  });
});

describe("the live node: volumes", () => {
  const claim: Claim = {
    metadata: {
      name: "data",
      namespace: "shop",
      uid: "u1",
      resourceVersion: "1",
      annotations: { "volume.kubernetes.io/storage-provisioner": "sandbox.llm-platform/volumes" },
    },
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "2Gi" } },
      storageClassName: "standard",
    },
  };

  it("are created only when the controller manager requests them", () => {
    expect(wantsVolume(claim)).to.equal(true);
    expect(wantsVolume({ ...claim, metadata: { ...claim.metadata, annotations: {} } })).to.equal(false);
    expect(wantsVolume({ ...claim, spec: { ...claim.spec, volumeName: "there" } })).to.equal(false);
    const deleted = { ...claim.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" };
    expect(wantsVolume({ ...claim, metadata: deleted })).to.equal(false);
    const foreign = { "volume.kubernetes.io/storage-provisioner": "another.provisioner/volumes" };
    expect(wantsVolume({ ...claim, metadata: { ...claim.metadata, annotations: foreign } })).to.equal(false);
  });

  it("are local volumes of the node, bound to their claim", () => {
    const { metadata, spec } = volumeOf(claim, "/run/live/volumes/u1") as {
      metadata: { name: string };
      spec: Record<string, unknown>;
    };
    expect(metadata.name).to.equal("pvc-u1");
    expect(spec).to.deep.include({
      local: { path: "/run/live/volumes/u1" },
      capacity: { storage: "2Gi" },
      storageClassName: "standard",
    });
    expect(spec["claimRef"]).to.deep.include({ namespace: "shop", name: "data", uid: "u1" });
  });
});

describe("the live node: configuration", () => {
  const settings: Settings = {
    home: "/somewhere/.sandbox/live",
    cgroup: "llm-platform-0123",
    programs: { runc: "/tools/runc" },
    cniPlugins: "/tools/cni",
    path: "/tools",
    nft: "nft",
    kubernetesVersion: "v1.36.3",
    archives: [],
    extra: [],
  };
  const files = renderConfiguration(settings, settings.kubernetesVersion);

  it("names no path of the checkout: inside, everything has one short home", () => {
    expect(Object.values(files).join("\n")).not.to.include("/somewhere");
  });

  it("keeps the kubelet to its own group, and from writing what belongs to the whole machine", () => {
    expect(parse(files["kubelet.yaml"] ?? "")).to.deep.include({
      cgroupRoot: "/llm-platform-0123",
      protectKernelDefaults: true,
      makeIPTablesUtilChains: false,
    });
    const { conntrack } = parse(files["kube-proxy.yaml"] ?? "") as { conntrack: Record<string, unknown> };
    expect(Object.values(conntrack)).to.have.members([0, 0, "0s", "0s"]);
  });

  it("starts no pod before the enforcer knows it, because its plugin is the last of the chain", () => {
    const { plugins } = JSON.parse(files["cni/pods.conflist"] ?? "") as { plugins: { type: string }[] };
    expect(plugins.map(({ type }) => type)).to.deep.equal(["ptp", "portmap", "sandbox-network-policy"]);
  });
});
