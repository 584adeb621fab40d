import { expect } from "chai";
import { setTimeout as sleep } from "node:timers/promises";
import { describeEvents } from "../../../../../sandbox/engine/kubernetes/await/events.ts";
import type { Informers, Lease } from "../../../../../sandbox/engine/kubernetes/await/informers.ts";
import type { Rule } from "../../../../../sandbox/engine/kubernetes/await/rule.ts";
import {
  descendants,
  NotReady,
  unreadyReasons,
  waitUntilReady,
} from "../../../../../sandbox/engine/kubernetes/await/wait.ts";
import type { Cluster } from "../../../../../sandbox/engine/kubernetes/cluster.ts";
import type { JsonMap, KubeObject } from "../../../../../sandbox/kubernetes/json.ts";

describe("engine: kubernetes events", () => {
  const event = (uid: string, reason: string, lastTimestamp: string): KubeObject => ({
    involvedObject: { kind: "Pod", name: "web-1", uid },
    reason,
    message: "why\n",
    lastTimestamp,
  });
  it("are listed newest first, once, only for the relevant objects", () => {
    const events = [
      event("a", "Old", "1"),
      event("b", "Other", "2"),
      event("a", "New", "3"),
      event("a", "New", "4"),
    ];
    expect(describeEvents(events, new Set(["a"]))).to.deep.equal([
      "event on Pod web-1: New: why",
      "event on Pod web-1: Old: why",
    ]);
  });
  it("are limited in number", () => {
    const many = Array.from({ length: 20 }, (_, index) => event("a", `Reason${index}`, String(index)));
    expect(describeEvents(many, new Set(["a"]))).to.have.length(6);
  });
});

describe("engine: kubernetes descendants", () => {
  const object = (uid: string, ...owners: string[]): KubeObject => ({
    metadata: { uid, ownerReferences: owners.map((owner) => ({ uid: owner })) },
  });

  it("are owned, directly or by another of them, in any order", () => {
    const pods = [object("pod", "set"), object("set", "deployment"), object("other", "elsewhere")];
    expect([...descendants(object("deployment"), pods)]).to.have.members(["deployment", "set", "pod"]);
  });
  it("are not those that only mention a uid", () => {
    const mention = {
      metadata: { uid: "b", annotations: { note: "a" }, managedFields: [{ 'k:{"uid":"a"}': {} }] },
    };
    expect([...descendants(object("a"), [mention])]).to.deep.equal(["a"]);
  });
});

describe("engine: kubernetes waiting", () => {
  const place = {
    resource: { apiVersion: "v1", kind: "Thing", plural: "things", namespaced: true },
    namespace: "ns",
    name: "thing",
  };
  const thing = (version: number, ready: boolean): KubeObject => ({
    metadata: { name: "thing", resourceVersion: String(version) },
    status: { ready },
  });
  const rule = (settlesAfterSeconds?: number): Rule => ({
    timeoutSeconds: 1,
    decide: ({ object }) =>
      (object["status"] as JsonMap)["ready"] === true
        ? { state: "ready" }
        : {
            state: "waiting",
            reasons: ["not yet"],
            ...(settlesAfterSeconds !== undefined && { settlesAfterSeconds }),
          },
  });
  const statuses: string[] = [];
  const log = { status: (text: string) => statuses.push(text) } as unknown as Parameters<
    typeof waitUntilReady
  >[4]["log"];

  /** A watch whose object the test moves. */
  function world(first: KubeObject | undefined) {
    let current = first;
    const listeners = new Set<() => void>();
    let closed = 0;
    const lease: Lease = {
      get: () => current,
      list: () => (current ? [current] : []),
      onChange: (listener) => listeners.add(listener),
      close: () => closed++,
    };
    const discovery = { find: () => Promise.resolve(undefined) };
    return {
      waiting: {
        cluster: { discovery } as unknown as Cluster,
        informers: { open: () => Promise.resolve(lease) } as unknown as Informers,
      },
      move: (object: KubeObject | undefined) => {
        current = object;
        for (const listener of listeners) listener();
      },
      closed: () => closed,
    };
  }
  const reasonsOf = async (wait: Promise<unknown>) => {
    const error: unknown = await wait.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    return error instanceof NotReady ? error.reasons : [String(error)];
  };
  const limits = (timeoutSeconds: number, signal = new AbortController().signal) => ({
    timeoutSeconds,
    signal,
    log,
  });

  it("ignores the object from before the write", async () => {
    const { waiting, move, closed } = world(thing(1, true));
    const wait = waitUntilReady(waiting, place, thing(2, false), rule(), limits(5));
    await sleep(10);
    move(thing(3, true));
    expect(await wait).to.deep.equal(thing(3, true));
    expect(closed()).to.equal(1);
    expect(statuses).to.include("not yet");
  });
  it("ends at the time limit with the reasons", async () => {
    const { waiting } = world(thing(2, false));
    expect(
      await reasonsOf(waitUntilReady(waiting, place, thing(2, false), rule(), limits(0.02))),
    ).to.deep.equal(["Thing ns/thing is not ready after 0.02 s", "not yet"]);
  });
  it("ends when it is canceled, also when it was before it began", async () => {
    const { waiting } = world(thing(2, false));
    const stop = new AbortController();
    const wait = waitUntilReady(waiting, place, thing(2, false), rule(), limits(60, stop.signal));
    await sleep(10);
    stop.abort();
    expect(await reasonsOf(wait)).to.deep.equal(["the wait for Thing ns/thing was canceled", "not yet"]);
    expect(
      (await reasonsOf(waitUntilReady(waiting, place, thing(2, false), rule(), limits(60, stop.signal))))[0],
    ).to.include("canceled");
  });
  it("ends when the object is deleted", async () => {
    const { waiting, move } = world(thing(3, false));
    const wait = waitUntilReady(waiting, place, thing(2, false), rule(), limits(60));
    await sleep(10);
    move(undefined);
    expect((await reasonsOf(wait))[0]).to.include("was deleted while it was waited for");
  });
  it("treats a settled object as ready, in a refresh immediately", async () => {
    const { waiting } = world(thing(2, false));
    expect(await waitUntilReady(waiting, place, thing(2, false), rule(0.01), limits(60))).to.deep.equal(
      thing(2, false),
    );
    expect(await unreadyReasons(waiting, place, thing(2, false), rule(10))).to.deep.equal([]);
    expect(await unreadyReasons(waiting, place, thing(2, false), rule())).to.deep.equal(["not yet"]);
  });
});
