import type { Invariant } from "./invariant.ts";
import * as lifecycle from "./lifecycle.ts";
import * as naming from "./naming.ts";
import * as network from "./network.ts";
import * as pods from "./pods.ts";
import * as references from "./references.ts";
import * as secrets from "./secrets.ts";

/** Every invariant, by what it says. */
export const INVARIANTS: Readonly<Record<string, Invariant>> = {
  "every child has a parent": naming.everyChildHasAParent,
  "names begin with the parent's": naming.namesBeginWithTheParents,
  "URNs and objects are unique": naming.identitiesAreUnique,
  "names and labels are valid": naming.namesAreValid,
  "component types come from the token table": naming.componentsUseTheTokenTable,
  "components register no inputs": naming.componentsRegisterNoInputs,
  "components register their outputs": naming.componentsRegisterOutputs,
  "one explicit provider manages every object": naming.oneExplicitProvider,
  "objects carry the platform's labels": naming.objectsCarryTheLabels,
  "no secret value is in clear": secrets.noSecretInClear,
  "secret values are only in Secrets": secrets.secretValuesOnlyInSecrets,
  "Secrets are marked, immutable and newly named": secrets.secretsAreMarkedAndImmutable,
  "secret variables come from Secrets": secrets.secretVariablesComeFromSecrets,
  "pods are hardened": pods.podsAreHardened,
  "containers are hardened": pods.containersAreHardened,
  "containers have requests and a memory limit": pods.containersHaveRequestsAndLimits,
  "servers have probes, and none asks /health": pods.serversHaveProbes,
  "images are exact and not on the deny list": pods.imagesAreExact,
  "environment names what comes before": pods.environmentIsInOrder,
  "volumes are bounded, mounted and of known kinds": pods.volumesAreBounded,
  "replicas have a disruption budget and a spread": pods.replicasHaveABudget,
  "pods name what exists": references.podsNameWhatExists,
  "nothing is unused": references.nothingIsUnused,
  "files on command lines are mounted": references.namedFilesExist,
  "selectors select one workload": references.selectorsSelectOneWorkload,
  "Service ports resolve": references.servicePortsResolve,
  "objects stand in the stack's namespaces": references.objectsStandInOwnNamespaces,
  "namespaces deny all but DNS": network.namespacesDenyByDefault,
  "namespaces enforce Pod Security restricted": network.namespacesEnforceRestricted,
  "policies select one workload": network.policiesSelectOneWorkload,
  "policy rules name peers and ports": network.rulesNameBothPeersAndPorts,
  "policy peers and ports exist": network.peersExist,
  "traffic is what the edges say": network.trafficIsWhatEdgesSay,
  "the internet leaves private addresses out": network.internetLeavesPrivateAddressesOut,
  "every edge is used": network.edgesAreUsed,
  "prod protects data, dev nothing": lifecycle.prodProtectsData,
  "keys that data is written with are written once": lifecycle.keysAreWrittenOnce,
  "ConfigMaps are immutable and named by content": lifecycle.configMapsAreImmutable,
  "objects wait for namespaces, pods for policies": lifecycle.orderIsSafe,
};
