// The stack on the live node, as its tests see it: through `make`, kubectl, and the URLs that `make live` prints.
import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { Workplace } from "../make.ts";

export const DATA = "llm-data";
export const GATEWAY = "llm-gateway";
export const TENANT = "llm-tenant-lab";

interface Pod {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly deletionTimestamp?: string;
  };
  readonly status: {
    readonly phase: string;
    readonly containerStatuses: readonly {
      readonly ready: boolean;
      readonly restartCount: number;
      readonly imageID: string;
    }[];
  };
}

export class LiveStack {
  readonly workplace = new Workplace("live");
  /** By the name of the service; once `make live` has printed them. */
  urls: Readonly<Record<string, string>> = {};

  kubectl(command: string): Promise<string> {
    return this.workplace.shellDone("live", `kubectl ${command}`);
  }

  async pods(): Promise<Pod[]> {
    const text = await this.kubectl(
      "get pods --all-namespaces -l app.kubernetes.io/part-of=llm-platform -o json",
    );
    return (JSON.parse(text) as { items: Pod[] }).items;
  }

  /** Pods of the servers: those of Jobs end, and those of an older version are being deleted. */
  async serving(): Promise<Pod[]> {
    return (await this.pods()).filter(
      ({ metadata, status }) => status.phase === "Running" && metadata.deletionTimestamp === undefined,
    );
  }

  /** Their ids by application. */
  async servers(): Promise<Map<string, string>> {
    return new Map(
      (await this.serving()).map(({ metadata }) => [metadata.name.split("-")[0] ?? "", metadata.uid]),
    );
  }

  async masterKey(): Promise<string> {
    const output = await this.workplace.shellDone(
      "live",
      "pulumi -C . stack output secrets --json --stack live",
    );
    const { litellmMasterKey } = JSON.parse(output) as { litellmMasterKey: { name: string; key: string } };
    const { name, key } = litellmMasterKey;
    const value = await this.kubectl(`-n ${GATEWAY} get secret ${name} -o jsonpath={.data.${key}}`);
    return Buffer.from(value, "base64").toString();
  }

  /** The value of a Secret whose name begins so. */
  async secret(namespace: string, prefix: string, key: string): Promise<string> {
    const names = (await this.kubectl(`-n ${namespace} get secrets -o name`)).split("\n");
    const name = names.find((each) => each.startsWith(`secret/${prefix}-${namespace}`)) ?? `no ${prefix}`;
    const value = await this.kubectl(`-n ${namespace} get ${name} -o jsonpath={.data.${key}}`);
    return Buffer.from(value, "base64").toString();
  }

  complete(key: string, text = "hi", fields: object = {}): Promise<Response> {
    return this.ask(key, { messages: [{ role: "user", content: text }], ...fields });
  }

  ask(key: string, fields: object): Promise<Response> {
    return fetch(`${this.urls["litellm"]}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json", connection: "close" },
      body: JSON.stringify({ model: "mock", ...fields }),
      signal: AbortSignal.timeout(10_000),
    });
  }

  async answer(): Promise<string> {
    // A new question: the answer to an old one comes from the cache.
    const response = await this.complete(await this.masterKey(), randomUUID());
    expect(response.status).to.equal(200);
    const { choices } = (await response.json()) as { choices: [{ message: { content: string } }] };
    return choices[0].message.content;
  }

  psql(sql: string): Promise<string> {
    return this.kubectl(
      `-n ${DATA} exec postgres-0 -- sh -c 'PGPASSWORD=$POSTGRES_PASSWORD psql -h 127.0.0.1 -U postgres -Atc "$0"' '${sql}'`,
    );
  }
}
