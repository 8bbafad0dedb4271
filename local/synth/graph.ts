/** What a deployment of one stage would make. */
export type Resource = {
  readonly type: string;
  readonly name: string;
  /** False for a component, which only groups resources. */
  readonly custom: boolean;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly options: {
    readonly parent?: string;
    readonly protect?: boolean;
    readonly retainOnDelete?: boolean;
    readonly ignoreChanges?: readonly string[];
    readonly dependsOn?: readonly string[];
  };
};

export type Graph = {
  readonly app: { readonly name: string; readonly stage: string; readonly removal: string; readonly protect: boolean };
  readonly resources: readonly Resource[];
  readonly outputs: Readonly<Record<string, unknown>>;
};
