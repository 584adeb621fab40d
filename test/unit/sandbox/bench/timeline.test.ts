import { expect } from "chai";
import {
  creationSpans,
  criticalPath,
  dependenciesOf,
  renderTimeline,
} from "../../../../sandbox/bench/timeline.ts";

const urn = (name: string): string =>
  `urn:pulumi:live::llm-platform::llm-platform:core:Workload$kubernetes:apps/v1:StatefulSet::${name}`;
const created = (timestamp: number, key: string, name: string, op = "create"): string =>
  JSON.stringify({ sequence: 1, timestamp, [key]: { metadata: { urn: urn(name), op } } });

const LOG = [
  JSON.stringify({ sequence: 0, timestamp: 100, preludeEvent: {} }),
  created(101, "resourcePreEvent", "database"),
  created(101, "resourcePreEvent", "cache"),
  created(102, "resourcePreEvent", "same", "same"),
  created(102, "resOutputsEvent", "same", "same"),
  created(104, "resOutputsEvent", "cache"),
  created(110, "resOutputsEvent", "database"),
  created(110, "resourcePreEvent", "gateway"),
  created(130, "resOutputsEvent", "gateway"),
  "",
].join("\n");

const EXPORT = JSON.stringify({
  deployment: {
    resources: [
      { urn: urn("database") },
      { urn: urn("cache") },
      {
        urn: urn("gateway"),
        dependencies: [urn("cache"), urn("database")],
        propertyDependencies: { spec: null },
      },
    ],
  },
});

describe("the timeline of an update", () => {
  const spans = creationSpans(LOG);

  it("has each resource that was created, in seconds since the first event", () =>
    expect(spans).to.deep.equal([
      { urn: urn("cache"), startSeconds: 1, endSeconds: 4 },
      { urn: urn("database"), startSeconds: 1, endSeconds: 10 },
      { urn: urn("gateway"), startSeconds: 10, endSeconds: 30 },
    ]));

  it("names the chain of resources that decided how long it took", () =>
    expect(criticalPath(spans, dependenciesOf(EXPORT)).map((span) => span.urn)).to.deep.equal([
      urn("database"),
      urn("gateway"),
    ]));

  it("is a table", () =>
    expect(
      renderTimeline(criticalPath(spans, dependenciesOf(EXPORT)))
        .split("\n")
        .slice(2),
    ).to.deep.equal(["| StatefulSet database | 1 | 10 | 9 |", "| StatefulSet gateway | 10 | 30 | 20 |"]));
});
