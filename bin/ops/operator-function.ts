import { InvokeCommand, LambdaClient, ResourceNotFoundException } from '@aws-sdk/client-lambda';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type {
  OperatorAction,
  OperatorAnswer,
  OperatorCall,
  OperatorRequest,
  OperatorResults,
  RequestFor,
} from '../../domain/operator/operator-protocol.ts';
import { Failure } from './failures.ts';

/**
 * Sends a request to the operator function.
 *
 * @throws Failure when it is refused or fails
 */
export type Operate = <Action extends OperatorAction>(
  request: RequestFor<Action> & { readonly action: Action },
) => Promise<OperatorResults[Action]>;

/** Longer than the function's timeout of a minute. */
const requestTimeoutMs = 70_000;

/**
 * The operator function of a stack, invoked with the usual AWS configuration: environment, profile, single sign-on, role.
 *
 * @param stack - name of the stack
 */
export function createOperatorFunction(stack: string): Operate {
  // The AWS CLI reads both variables, the SDK only the first one.
  const { AWS_REGION, AWS_DEFAULT_REGION } = process.env;
  const region = AWS_REGION ?? AWS_DEFAULT_REGION;
  const config = region === undefined ? {} : { region };
  const lambda = new LambdaClient({
    ...config,
    requestHandler: { requestTimeout: requestTimeoutMs, throwOnRequestTimeout: true },
  });
  const sts = new STSClient(config);
  const FunctionName = `${stack}-operator`;
  let caller: Promise<string> | undefined;

  async function identify(): Promise<string> {
    const { Arn = '' } = await sts.send(new GetCallerIdentityCommand());
    return Arn;
  }

  async function operate(request: OperatorRequest): Promise<unknown> {
    caller ??= identify();
    const claimedCaller = await explained(caller);
    const call: OperatorCall = { claimedCaller, request };
    const { Payload, FunctionError, $metadata } = await explained(
      lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(call) })),
    );
    const payload = Buffer.from(Payload ?? []).toString();
    if (FunctionError !== undefined) {
      const { errorMessage = payload }: { readonly errorMessage?: string } = JSON.parse(payload);
      const requestId = $metadata.requestId ?? 'unknown';
      throw new Failure(
        'failed',
        `${FunctionName} failed: ${errorMessage} Its log has more under the request id ${requestId}.`,
      );
    }
    const answer = JSON.parse(payload) as OperatorAnswer;
    if ('refusal' in answer) throw new Failure('refused', answer.refusal.message);
    return answer.result;
  }

  return operate as Operate;

  /** Says what to do about an error of the SDK. */
  async function explained<Result>(call: Promise<Result>): Promise<Result> {
    try {
      return await call;
    } catch (error) {
      const { name, message } = error as Error;
      const advice =
        error instanceof ResourceNotFoundException
          ? 'Name the stack with --stack or ACCEPTED_STACK, and check the region.'
          : name === 'CredentialsProviderError'
            ? 'Sign in, or choose a profile with AWS_PROFILE.'
            : name === 'AccessDeniedException'
              ? "Ask for the policy of the stack's output OperatorPolicyArn."
              : '';
      throw new Failure('failed', `${message.replace(/\.?$/, '.')} ${advice}`.trim(), { cause: error });
    }
  }
}
