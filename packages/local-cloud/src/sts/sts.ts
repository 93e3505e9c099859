import { account } from '../wire/account.ts';
import { AwsError } from '../wire/aws-error.ts';
import { AwsAnswer, type AwsService } from '../wire/aws-service.ts';
import { credentialOf } from '../wire/credential.ts';
import { escaped } from '../wire/error-body.ts';

/**
 * The embedded STS: who the caller is.
 * @param roleNameOf The role that an access key belongs to. Any other key is the operator's.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
 */
export function createSts(roleNameOf: (accessKeyId: string) => string | undefined) {
  const service: AwsService = {
    name: 'sts',
    read(request) {
      const operation = new URLSearchParams(request.body.toString()).get('Action') ?? 'no Action';
      if (operation === 'GetCallerIdentity') return { operation, input: { ...credentialOf(request) } };
      const message = `The local cloud's sts does not have ${operation}; it has GetCallerIdentity`;
      throw new AwsError('InvalidAction', message);
    },
    // AWS asks for no permission either.
    permissions: () => [],
    async perform({ input: { accessKeyId } }) {
      const role = roleNameOf(String(accessKeyId));
      const [arn, userId] = role
        ? [`arn:aws:sts::${account}:assumed-role/${role}/local`, `${accessKeyId}:local`]
        : [`arn:aws:iam::${account}:user/local`, 'AIDALOCALOPERATOR'];
      const result = `<Arn>${escaped(arn)}</Arn><UserId>${escaped(userId)}</UserId><Account>${account}</Account>`;
      const answer = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>${result}</GetCallerIdentityResult></GetCallerIdentityResponse>`;
      return new AwsAnswer(200, { 'content-type': 'text/xml' }, answer);
    },
  };
  return { service };
}
