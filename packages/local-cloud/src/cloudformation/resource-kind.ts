/** Properties of a resource: CloudFormation's JSON is untyped, so kinds check what they read. */
// biome-ignore lint/suspicious/noExplicitAny: each type of resource has other properties
export type Properties = any;

/** One resource of the template with its properties resolved. */
export interface Resource {
  readonly logicalId: string;
  readonly type: string;
  /** Construct path from the template's metadata: `Orders/Accept/Function/Resource`. */
  readonly path: string;
  readonly properties: Properties;
  /** Folder of the cloud assembly, which holds the file assets. */
  readonly assembly: string;
}

/** What a created resource gives to the rest of the template. */
export interface Created {
  /** The value of `Ref`. */
  readonly ref: string;
  /** The values of `Fn::GetAtt`. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** Called once every resource is created: pollers, schedules and resumed executions start here. */
  start?(): Promise<void> | void;
  /** Called at shutdown, in reverse order of creation. */
  stop?(): Promise<void> | void;
}

/** How one CloudFormation type runs on this machine. */
export interface ResourceKind {
  readonly type: string;
  /** Properties that this kind acts on. `A.B` names a nested one where only part is honoured. */
  readonly honoured: readonly string[];
  /** Properties that change nothing on one machine (tags, encryption, log settings). Any other is refused at start. */
  readonly harmless?: readonly string[];
  /** @throws Error naming the property, its value and what is allowed. */
  create(resource: Resource): Promise<Created> | Created;
  /** Deletes what the data folder has of a resource that left the template and does not stay. */
  delete?(ref: string): Promise<void> | void;
}
