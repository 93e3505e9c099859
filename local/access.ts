/** IAM of this machine: which role may do what. */
export interface Access {
  /** Registers a policy statement list for a role ARN. */
  attach(roleArn: string, statements: readonly unknown[]): void;
  /** The access key id a function of this role signs with. */
  accessKeyFor(roleArn: string): string;
  /**
   * Whether the bearer of this access key may. Keys that belong to no role are the operator's (AWS CLI) and may do all.
   * @throws AwsError AccessDeniedException naming role, action and resource.
   */
  authorize(accessKeyId: string, action: string, resource: string): void;
}
