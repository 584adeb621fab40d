// CloudNativePG's kinds on the simulated cluster, as it defines them itself. Its operator is an image, and none runs
// here: each object says from the start that it is ready, and by whom.
import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { parse, stringify } from "yaml";
import { buildSettings } from "../tools/go.ts";

/** The release that the operator's chart installs (components/postgres/cnpg/chart.ts), by the hash of Go's checksum database. */
const MODULE = "github.com/cloudnative-pg/cloudnative-pg@v1.30.0";
const SUM = "h1:fnhVq44xXx97MNiuvJsPrX1vSjYbgdyBK5MSGfdHdp0=";

/** The folder with CloudNativePG's own definitions of its kinds, out of its Go module. */
export async function cloudNativePgDefinitions(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  // Outside of any module.
  const options = { cwd: tmpdir(), env: { ...env, ...buildSettings } };
  const { stdout } = await promisify(execFile)("go", ["mod", "download", "-json", MODULE], options).catch(
    (error: unknown) => {
      const said = error instanceof Error && "stdout" in error ? String(error.stdout).trim() : "";
      throw new Error(`CloudNativePG's definitions cannot be had from ${MODULE}: ${said || String(error)}`);
    },
  );
  const found = JSON.parse(stdout) as { readonly Dir: string; readonly Sum: string };
  if (found.Sum !== SUM) throw new Error(`${MODULE} has the hash ${found.Sum}, not ${SUM}`);
  return join(found.Dir, "config", "crd", "bases");
}

/** Who has said that an object is ready, where no operator has. */
export const STAND_IN = "SandboxStandIn";

/**
 * The status that objects have from the start, by kind: the API server fills in a definition's defaults, those of a
 * status too. A kwok Stage cannot stand here: kwok ends when a kind of its stages is not defined at its start.
 */
const READY: Readonly<Record<string, object>> = {
  Cluster: {
    conditions: [
      {
        type: "Ready",
        status: "True",
        reason: STAND_IN,
        message: "declared, and not run: the simulated cluster has no CloudNativePG operator",
        lastTransitionTime: "1970-01-01T00:00:00Z",
      },
    ],
  },
  Database: { applied: true, message: `not applied: ${STAND_IN}` },
};

interface Definition {
  readonly spec: {
    readonly names: { readonly kind: string };
    readonly versions: readonly {
      readonly schema: {
        readonly openAPIV3Schema: { readonly properties: Record<string, { default?: object }> };
      };
    }[];
  };
}

/** A definition whose objects are ready. A definition of a kind without a wait does not change. */
export function withReadyStatus(text: string): string {
  const definition = parse(text) as Definition;
  const { names, versions } = definition.spec;
  const ready = READY[names.kind];
  if (ready === undefined) return text;
  for (const { schema } of versions) {
    const { status } = schema.openAPIV3Schema.properties;
    if (status === undefined) throw new Error(`CloudNativePG's kind ${names.kind} has no status`);
    status.default = ready;
  }
  return stringify(definition);
}

/** Defines the kinds in the cluster; again, it changes nothing. `folder` is for the definitions as they were given. */
export async function defineCloudNativePg(
  kubectl: (...args: readonly string[]) => Promise<string>,
  folder: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const source = await cloudNativePgDefinitions(env);
  await mkdir(folder, { recursive: true });
  for (const file of await readdir(source)) {
    await writeFile(join(folder, file), withReadyStatus(await readFile(join(source, file), "utf8")));
  }
  // Not a client's `apply`: it would keep a copy of the definition in an annotation, which is too small for it.
  await kubectl("apply", "--server-side", "--filename", folder);
  await kubectl("wait", "--for=condition=Established", "--timeout=30s", "--filename", folder);
}
