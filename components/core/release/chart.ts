/** Where Helm finds a chart. */
export interface ChartSource {
  /** The name of the chart in the repository, its `oci://` address, or a path. */
  readonly chart: string;
  readonly version: string;
  /** Address of a chart repository, if `chart` is a name. */
  readonly repository?: string;
}

/** A local chart contains its version. */
export type AnyChart = Omit<ChartSource, "version"> & Partial<Pick<ChartSource, "version">>;

export interface ReleaseOptions {
  /** Rolls a failed upgrade back. Otherwise the failed pods stay and can be inspected. */
  readonly atomic: boolean;
  /**
   * How long a release may take until its pods are ready.
   * @default 600
   */
  readonly timeoutSeconds?: number;
}

/** The inputs of a release that select the chart and how Helm installs it. */
export function releaseOf(
  { chart, version, repository }: AnyChart,
  { atomic, timeoutSeconds = 600 }: ReleaseOptions,
) {
  return {
    chart,
    ...(version === undefined ? {} : { version }),
    ...(repository === undefined ? {} : { repositoryOpts: { repo: repository } }),
    ...(atomic ? { atomic } : {}),
    timeout: timeoutSeconds,
  };
}
