import { Aspects, Stack } from 'aws-cdk-lib';
import { CfnTable } from 'aws-cdk-lib/aws-dynamodb';
import { AnyPrincipal, type IPrincipal, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { CfnLogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { CfnTopic } from 'aws-cdk-lib/aws-sns';
import { CfnQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct, type IConstruct } from 'constructs';
import { type Config, hasEdge } from './config.ts';
import { removalPolicyOf } from './removal-policy.ts';

/** What a service does to encrypt and decrypt for its caller. */
const useOfKey = ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'];

/**
 * Encrypts every table, queue, secret, log, topic and bucket of the stack with a KMS key of its own, which is replaced once a year.
 *
 * Its policy allows what those of AWS's own keys do: whoever may use a resource may use the key through the resource's
 * service, so that no function needs permission on the key. An operator who disables the key stops everything.
 *
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging-legacy-s3.html
 */
export class CustomerManagedKey extends Construct {
  constructor(scope: Construct, id: string, config: Pick<Config, 'retainData' | 'web' | 'webAclArn'>) {
    super(scope, id);
    const { account, region, partition } = Stack.of(this);

    const key = new Key(this, 'Key', {
      description: 'Encrypts the tables, queues, secrets, logs, topics and buckets of the stack.',
      enableKeyRotation: true,
      removalPolicy: removalPolicyOf(config),
    });
    const allow = (principal: IPrincipal, conditions: object, actions = useOfKey) =>
      key.addToResourcePolicy(
        new PolicyStatement({
          principals: [principal],
          actions,
          resources: ['*'],
          conditions: conditions as Record<string, unknown>,
        }),
      );
    const services = ['dynamodb', 'sqs', 'secretsmanager', 'sns', ...(hasEdge(config) ? ['s3'] : [])];
    allow(
      new AnyPrincipal(),
      {
        StringEquals: {
          'kms:CallerAccount': account,
          'kms:ViaService': services.map((service) => `${service}.${region}.amazonaws.com`),
        },
      },
      [...useOfKey, 'kms:CreateGrant'],
    );
    allow(new ServicePrincipal(`logs.${region}.amazonaws.com`), {
      ArnLike: {
        'kms:EncryptionContext:aws:logs:arn': `arn:${partition}:logs:${region}:${account}:log-group:*`,
      },
    });
    // Step Functions and API Gateway deliver their logs through the first, alarms reach topics through the second.
    for (const service of ['delivery.logs.amazonaws.com', 'cloudwatch.amazonaws.com'])
      allow(new ServicePrincipal(service), { StringEquals: { 'aws:SourceAccount': account } });

    if (hasEdge(config)) {
      // CloudFront reads the page.
      allow(
        new ServicePrincipal('cloudfront.amazonaws.com'),
        { ArnLike: { 'aws:SourceArn': `arn:${partition}:cloudfront::${account}:distribution/*` } },
        ['kms:Decrypt'],
      );
      // The delivery of CloudFront's standard logs (legacy) is documented to need this, and no condition.
      allow(new ServicePrincipal('delivery.logs.amazonaws.com'), {}, ['kms:GenerateDataKey*', 'kms:Decrypt']);
    }

    Aspects.of(Stack.of(this)).add({ visit: (node) => encrypt(node, key) });
  }
}

function encrypt(node: IConstruct, { keyArn }: Key): void {
  if (node instanceof CfnTable)
    node.sseSpecification = { sseEnabled: true, sseType: 'KMS', kmsMasterKeyId: keyArn };
  if (node instanceof CfnQueue) {
    node.sqsManagedSseEnabled = undefined;
    node.kmsMasterKeyId = keyArn;
  }
  if (node instanceof CfnLogGroup || node instanceof CfnSecret) node.kmsKeyId = keyArn;
  if (node instanceof CfnTopic) node.kmsMasterKeyId = keyArn;
  if (node instanceof CfnBucket)
    node.bucketEncryption = {
      serverSideEncryptionConfiguration: [
        {
          serverSideEncryptionByDefault: { sseAlgorithm: 'aws:kms', kmsMasterKeyId: keyArn },
          bucketKeyEnabled: true,
        },
      ],
    };
}
