import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { GUARD_FILE, renderConfig } from "../../components/litellm/render-config.ts";
import { renderRolesScript } from "../../components/postgres/render-roles.ts";
import { type BuiltRecipe, ensureRecipes } from "../../sandbox/live/images/build.ts";
import { recipes } from "../../sandbox/live/images/table.ts";
import { checkout } from "../../sandbox/paths.ts";
import { createReport } from "../../sandbox/report.ts";
import { ImageRoot, missingForImageRoot, podAddress } from "./image-root.ts";

const minutes = (count: number): number => count * 60_000;

/** The image's root for the tests of one suite. Building it the first time takes minutes. */
function useImage(name: keyof typeof recipes): () => ImageRoot {
  let root: ImageRoot | undefined;
  before(`builds the image ${name}`, async function () {
    this.timeout(minutes(15));
    const missing = missingForImageRoot();
    if (missing !== undefined) throw new Error(missing);
    const [image] = (await ensureRecipes([recipes[name]], createReport())) as [BuiltRecipe];
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
    export PGHOST=${podAddress} PGUSER=postgres PGPASSWORD="$POSTGRES_PASSWORD"
    ${script}
    kill -INT $server
    wait $server`;

  it("creates its data folder, and answers psql with the password only over TCP", async () => {
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

  it("keeps its data across a restart, and then needs no password", async () => {
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

  it("reports a missing password, and changes nothing", async () => {
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
    const guard = readFileSync(join(checkout, "components/litellm", GUARD_FILE), "utf8");
    const client = `
import json, os, sys, time, urllib.error, urllib.request
def call(path, body=None):
    headers = {"Authorization": "Bearer " + os.environ["LITELLM_MASTER_KEY"], "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    return json.load(urllib.request.urlopen(urllib.request.Request("http://${podAddress}:4000" + path, data, headers)))
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
      cat > /tmp/${GUARD_FILE} <<'GUARD'\n${guard}\nGUARD
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

/** Runs the server in the background, waits until `ready` succeeds, then runs `script`, whose output is the result. */
const withServer = (server: string, ready: string, script: string): string => `
  set -eu
  ${server} > /tmp/log 2>&1 &
  server=$!
  until ${ready} > /dev/null 2>&1; do
    kill -0 $server || { cat /tmp/log >&2; exit 1; }
    sleep 0.3
  done
  ${script}
  { kill $server; wait $server; } 2> /dev/null || true`;

/** The status and body of a GET, by the Python that every image has. */
const get = (url: string, token = ""): string => `python3 -c '
import sys, urllib.error, urllib.request
try:
    answer = urllib.request.urlopen(urllib.request.Request("${url}", headers={"Authorization": "Bearer ${token}"}))
except urllib.error.HTTPError as error:
    answer = error
print(answer.status, answer.read().decode())'`;

describe("image redis, as uid 999 on a read-only root", function () {
  this.timeout(minutes(1));
  const image = useImage("redis");
  const writable = ["/data", "/tmp"];
  const conf = "cat > /tmp/redis.conf <<CONF\nrequirepass s3cret\nappendonly yes\nCONF\n";
  const ping = `REDISCLI_AUTH=s3cret valkey-cli -h ${podAddress} get nothing`;

  it("serves with a password, and keeps its data", async () => {
    const server = "docker-entrypoint.sh /tmp/redis.conf";
    const script = `${conf}
      ${withServer(server, ping, "REDISCLI_AUTH=s3cret valkey-cli set kept 42; valkey-cli get kept")}
      ${withServer(server.replace(".sh", ".sh valkey-server"), ping, "REDISCLI_AUTH=s3cret valkey-cli get kept; id -u")}`;
    const result = await image().run(script, writable);
    expect(result.errors).to.equal("");
    expect(result.out.split(/\n+/)).to.deep.equal(["OK", "NOAUTH Authentication required.", "42", "999"]);
  });
});

describe("image nats, as uid 1000 on a read-only root", function () {
  this.timeout(minutes(1));
  const image = useImage("nats");

  it("uses the given configuration, and restricts users to their subjects", async () => {
    const client = `
import socket
def talk(user, *lines):
    connection = socket.create_connection(("${podAddress}", 4222))
    stream = connection.makefile("rwb")
    stream.readline()
    connect = 'CONNECT {"verbose":false,"pedantic":false,"user":"%s","pass":"one"}' % user
    stream.write("\\r\\n".join([connect, *lines, "PING", ""]).encode()); stream.flush()
    answers = []
    while (line := stream.readline()) and line != b"PONG\\r\\n":
        answers.append(line.decode().strip())
    return '; '.join(answers)
print(talk("app", "SUB a.x 1", "PUB a.x 2", "hi"))
print(talk("app", "PUB b.x 2", "hi"))
print(talk("other"))`;
    const script = `
      cat > /tmp/client.py <<'PY'\n${client}\nPY
      cat > /tmp/nats.conf <<'CONF'
port: 4222
monitor_port: 8222
jetstream { store_dir: /data }
authorization { users = [ { user: app, password: one, permissions: { publish: "a.>", subscribe: "a.>" } } ] }
CONF
      ${withServer(
        "docker-entrypoint.sh --config /tmp/nats.conf",
        get(`http://${podAddress}:8222/healthz`),
        `python3 /tmp/client.py; ${get(`http://${podAddress}:8222/healthz`)}; ls /data; id -u`,
      )}`;
    const result = await image().run(script, ["/data", "/tmp"]);
    expect(result.errors).to.equal("");
    expect(result.out.split("\n")).to.deep.equal([
      "MSG a.x 1 2; hi",
      `-ERR 'Permissions Violation for Publish to "b.x"'`,
      "-ERR 'Authorization Violation'",
      '200 {"status":"ok"}',
      "jetstream",
      "1000",
    ]);
  });
});

describe("image etcd, as uid 1024 on a read-only root", function () {
  this.timeout(minutes(1));
  const image = useImage("etcd");

  it("restricts a user to its prefix", async () => {
    const commands = [
      "user add root:root",
      "user grant-role root root",
      "role add app",
      "role grant-permission app readwrite --prefix=true /app/",
      "user add app:app",
      "user grant-role app app",
      "auth enable",
      "--user=app:app put /app/key value",
      "--user=app:app get /app/key --print-value-only",
    ];
    const script = withServer(
      "etcd --data-dir=/data/etcd",
      "etcdctl endpoint health",
      `${commands.map((command) => `etcdctl ${command}`).join("\n")}
      etcdctl --user=app:app put /other value 2>&1 | grep -o 'permission denied' | head -n 1; id -u`,
    );
    const result = await image().run(script, ["/data", "/tmp"]);
    expect(result.errors).to.equal("");
    expect(result.out.split("\n").slice(-5)).to.deep.equal([
      "Authentication Enabled",
      "OK",
      "value",
      "permission denied",
      "1024",
    ]);
  });
});

describe("image phoenix, as uid 65532 on a read-only root", function () {
  this.timeout(minutes(3));
  const image = useImage("phoenix");

  it("migrates an empty database, is healthy, and shows projects only to the administrator", async () => {
    const { Entrypoint, Cmd } = image().config;
    const admin = `${"a".repeat(40)}1`;
    const projects = `http://${podAddress}:6006/v1/projects`;
    const script = withServer(
      [...Entrypoint, ...Cmd].join(" "),
      get(`http://${podAddress}:6006/healthz`),
      `${get(projects, admin)}; ${get(projects)} | cut -c1-3; id -u`,
    );
    const result = await image().run(script, ["/data", "/tmp"], {
      HOME: "/tmp",
      PHOENIX_ADMIN_SECRET: admin,
      PHOENIX_ALLOW_EXTERNAL_RESOURCES: "false",
      PHOENIX_ENABLE_AUTH: "true",
      PHOENIX_SECRET: `${"b".repeat(40)}1`,
      PHOENIX_TELEMETRY_ENABLED: "false",
      PHOENIX_WORKING_DIR: "/data",
    });
    expect(result.errors).to.equal("");
    expect(result.out).to.match(/^200 .*"name":"default".*\n401\n65532$/);
  });
});
