/** Where Helm finds a chart. */
export interface ChartSource {
  /** The chart's name in the repository, or its `oci://` address, or a path. */
  readonly chart: string;
  readonly version: string;
  /** Address of a chart repository; only for a chart that is a name. */
  readonly repository?: string;
}

/** What the release of every chart says. */
export function releaseOf({ chart, version, repository }: ChartSource) {
  return {
    chart,
    version,
    ...(repository === undefined ? {} : { repositoryOpts: { repo: repository } }),
    // A failed upgrade goes back to what ran before.
    atomic: true,
    timeout: 600,
  };
}
