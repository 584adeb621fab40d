/** Where Helm finds a chart. */
export interface ChartSource {
  /** The name of the chart in the repository, its `oci://` address, or a path. */
  readonly chart: string;
  readonly version: string;
  /** Address of a chart repository, if `chart` is a name. */
  readonly repository?: string;
}

/** Common settings of every release. */
export function releaseOf({ chart, version, repository }: ChartSource) {
  return {
    chart,
    version,
    ...(repository === undefined ? {} : { repositoryOpts: { repo: repository } }),
    // Rolls a failed upgrade back.
    atomic: true,
    timeout: 600,
  };
}
