import { expect } from "chai";
import { renderConfig } from "../../components/litellm/render-config.ts";
import { renderRolesScript } from "../../components/postgres/render-roles.ts";
import { type BuiltImage, ensureImages } from "../../sandbox/live/images/build.ts";
import type { ImageName } from "../../sandbox/live/images/table.ts";
import { createReport } from "../../sandbox/report.ts";
import { ImageRoot, missingForImageRoot } from "./image-root.ts";

const minutes = (count: number): number => count * 60_000;

/** The image's root for the tests of one suite. Building it the first time takes minutes. */
function useImage(name: ImageName): () => ImageRoot {
  let root: ImageRoot | undefined;
  before(`builds the image ${name}`, async function () {
    this.timeout(minutes(15));
    const missing = missingForImageRoot();
    if (missing !== undefined) throw new Error(missing);
    const [image] = (await ensureImages([name], createReport())) as [BuiltImage];
    root = await ImageRoot.unpack(image);
  });
  after(() => root?.remove());
  return () => {
    if (root === undefined) throw new Error("the image is not unpacked");
    return root;
  };
}

describe("image postgres, as uid 999 on a read-only root", function () {
  this.timeout(minutes(2));
  const image = useImage("postgres");
  /** The volumes of components/postgres. */
  const volumes = ["/var/lib/postgresql", "/var/run/postgresql", "/tmp"];
  const env = { PGDATA: "/var/lib/postgresql/data" };
  const whileServing = (script: string): string => `
    set -eu
    docker-entrypoint.sh postgres -c fsync=off > /tmp/log 2>&1 &
    server=$!
    until pg_isready --quiet --host=127.0.0.1 --username=postgres; do
      kill -0 $server || { cat /tmp/log >&2; exit 1; }
      sleep 0.2
    done
    export PGHOST=127.0.0.1 PGUSER=postgres PGPASSWORD="$POSTGRES_PASSWORD"
    ${script}
    kill -INT $server
    wait $server`;

  it("makes its data folder, and answers psql with the password over TCP alone", async () => {
    const script = `
      psql --tuples-only --no-align --command='SELECT current_user, inet_server_port()'
      PGPASSWORD=wrong psql --command='SELECT 1' 2>&1 || echo refused
      psql --tuples-only --no-align --command='SHOW data_checksums'
      id -u; stat -c %a "$PGDATA"`;
    const result = await image().run(whileServing(script), volumes, { ...env, POSTGRES_PASSWORD: "s3cret" });
    expect(result.errors).to.equal("");
    const lines = result.out.split("\n");
    expect(lines[0]).to.equal("postgres|5432");
    expect(lines.slice(1, -3).join("\n")).to.match(/password authentication failed[^]*refused$/);
    expect(lines.slice(-3)).to.deep.equal(["on", "999", "700"]);
  });

  it("runs the roles script of the Postgres component, twice", async () => {
    const script = `
      cat > /tmp/roles.sql <<'SQL'\n${renderRolesScript(["litellm", "phoenix"])}\nSQL
      export PASSWORD_LITELLM=first PASSWORD_PHOENIX=second
      for run in 1 2; do psql --no-psqlrc --quiet --file=/tmp/roles.sql; done
      PGPASSWORD=first psql --username=litellm --dbname=litellm --tuples-only --no-align --command='SELECT current_user'
      PGPASSWORD=first psql --username=litellm --dbname=phoenix 2>&1 || true`;
    const result = await image().run(whileServing(script), volumes, { ...env, POSTGRES_PASSWORD: "s3cret" });
    expect(result.errors).to.equal("");
    expect(result.out).to.match(/^litellm\n.*permission denied for database "phoenix"/s);
  });

  it("keeps its data over a restart, and needs no password then", async () => {
    const script = `
      ${whileServing("psql --quiet --command='CREATE TABLE kept AS SELECT 42 AS answer'")}
      password=$POSTGRES_PASSWORD; unset POSTGRES_PASSWORD
      docker-entrypoint.sh postgres > /tmp/log 2>&1 &
      server=$!
      until pg_isready --quiet; do sleep 0.2; done
      PGPASSWORD=$password psql --tuples-only --no-align --command='SELECT answer FROM kept'`;
    const result = await image().run(script, volumes, { ...env, POSTGRES_PASSWORD: "s3cret" });
    expect(result).to.deep.equal({ exitCode: 0, out: "42", errors: "" });
  });

  it("says what is missing without a password, and changes nothing", async () => {
    const script = `docker-entrypoint.sh postgres; echo "exit $?"; ls -A "$PGDATA"`;
    const result = await image().run(script, volumes, env);
    expect(result.errors).to.match(/POSTGRES_PASSWORD.*must be set/);
    expect(result.out).to.equal("exit 1");
  });

  it("can write nothing outside its volumes", async () => {
    const result = await image().run(
      "touch /etc/x /usr/x; grep -E 'CapEff|NoNewPrivs' /proc/self/status",
      volumes,
    );
    expect(result.errors.match(/Read-only file system/g)).to.have.length(2);
    expect(result.out).to.match(/CapEff:\t0+\nNoNewPrivs:\t1/);
  });
});

describe("image litellm, as uid 65534 on a read-only root", function () {
  this.timeout(minutes(3));
  const image = useImage("litellm");

  it("is alive and ready, and answers a chat completion of a mock model", async () => {
    const config = renderConfig({
      models: [{ name: "mock", provider: "mock", response: "Hello from the image" }],
      database: false,
    });
    const client = `
import json, os, sys, time, urllib.error, urllib.request
def call(path, body=None):
    headers = {"Authorization": "Bearer " + os.environ["LITELLM_MASTER_KEY"], "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    return json.load(urllib.request.urlopen(urllib.request.Request("http://127.0.0.1:4000" + path, data, headers)))
while True:
    try:
        print(call("/health/liveliness")); break
    except urllib.error.URLError:
        os.kill(int(sys.argv[1]), 0); time.sleep(0.5)
print(call("/health/readiness")["status"])
print([model["id"] for model in call("/v1/models")["data"]])
chat = call("/v1/chat/completions", {"model": "mock", "messages": [{"role": "user", "content": "Hi"}]})
print(chat["choices"][0]["message"]["content"])`;
    const script = `
      cat > /tmp/config.yaml <<'YAML'\n${config}\nYAML
      cat > /tmp/client.py <<'PY'\n${client}\nPY
      ${image().config.Entrypoint.join(" ")} --config /tmp/config.yaml --port 4000 > /tmp/log 2>&1 &
      server=$!
      if python3 /tmp/client.py $server; then id -u; else cat /tmp/log >&2; fi
      kill $server`;
    const result = await image().run(script, ["/tmp"], {
      HOME: "/tmp",
      LITELLM_LOCAL_MODEL_COST_MAP: "True",
      LITELLM_MASTER_KEY: "sk-of-the-test",
      LITELLM_MODE: "PRODUCTION",
    });
    expect(result.errors).to.equal("");
    expect(result.out.split("\n")).to.deep.equal([
      "I'm alive!",
      "healthy",
      "['mock']",
      "Hello from the image",
      "65534",
    ]);
  });
});
