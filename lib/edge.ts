import { CfnOutput, Duration, Fn } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  AllowedMethods,
  type BehaviorOptions,
  CachePolicy,
  Distribution,
  HttpVersion,
  OriginRequestPolicy,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { CfnRecordSet } from 'aws-cdk-lib/aws-route53';
import { CloudFrontTarget } from 'aws-cdk-lib/aws-route53-targets';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type IBucket,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { basePath } from '../domain/protocol/protocol.ts';
import { originSecretHeader } from '../lambdas/runtime/assert-from-edge.ts';
import { acknowledge } from './acknowledge.ts';
import type { OrdersApi } from './api.ts';
import type { Config } from './config.ts';
import { removalPolicyOf } from './removal-policy.ts';

export interface EdgeProps {
  readonly api: OrdersApi;
  /** What is served beside the API. @default the API answers every path */
  readonly page: BehaviorOptions | undefined;
  readonly config: Config;
}

/**
 * CloudFront in front of the HTTP API, with WAF if it has a web ACL. AWS WAF protects no HTTP API itself, and CloudFront's
 * VPC origins reach none, so a secret header shows that a request came this way; without it the functions refuse.
 */
export class Edge extends Construct {
  /** `https://…`, without a slash at its end. */
  readonly url: string;

  constructor(scope: Construct, id: string, { api, page, config }: EdgeProps) {
    super(scope, id);
    const { domains, webAclArn, edgeCertificateArn } = config;

    const secret = webAclArn === undefined ? undefined : this.originSecret(config);
    if (secret !== undefined) api.requireOriginSecret(secret);
    const ofApi: BehaviorOptions = {
      origin: new HttpOrigin(Fn.select(2, Fn.split('/', api.api.apiEndpoint)), {
        ...(secret !== undefined && { customHeaders: { [originSecretHeader]: secret } }),
      }),
      allowedMethods: AllowedMethods.ALLOW_ALL,
      cachePolicy: CachePolicy.CACHING_DISABLED,
      // API Gateway tells its APIs apart by the host.
      originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
      viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
    };
    const distribution = new Distribution(this, 'Distribution', {
      comment: 'The order API, and its page if there is one.',
      defaultBehavior: page ?? ofApi,
      ...(page && {
        additionalBehaviors: { [`${basePath}/*`]: ofApi },
        defaultRootObject: 'index.html',
      }),
      ...(webAclArn !== undefined && { webAclId: webAclArn }),
      ...(domains &&
        edgeCertificateArn !== undefined && {
          domainNames: [domains.api],
          certificate: Certificate.fromCertificateArn(this, 'Certificate', edgeCertificateArn),
          minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
        }),
      httpVersion: HttpVersion.HTTP2_AND_3,
      logBucket: this.accessLogs(config),
    });
    acknowledge(distribution, 'AwsSolutions-CFR1', 'Customers may order from every country.');
    if (webAclArn === undefined)
      acknowledge(distribution, 'AwsSolutions-CFR2', 'The deployment chose no web ACL (-c webAclArn).');
    if (!domains)
      acknowledge(
        distribution,
        'AwsSolutions-CFR4',
        "CloudFront's own domain has CloudFront's certificate, for which no TLS version can be set.",
      );
    this.url = `https://${domains?.api ?? distribution.distributionDomainName}`;

    if (domains?.hostedZoneId !== undefined)
      for (const type of ['A', 'AAAA'])
        new CfnRecordSet(this, `Record${type}`, {
          hostedZoneId: domains.hostedZoneId,
          name: domains.api,
          type,
          aliasTarget: {
            dnsName: distribution.distributionDomainName,
            hostedZoneId: CloudFrontTarget.getHostedZoneId(this),
          },
        });
    else if (domains)
      new CfnOutput(scope, 'ApiDomainTarget', {
        value: distribution.distributionDomainName,
        description: `Point ${domains.api} here, with a CNAME record.`,
      });
  }

  /** A dynamic reference: the secret is in no template. */
  private originSecret(config: Config): string {
    const secret = new Secret(this, 'OriginSecret', {
      description: 'CloudFront shows it to the functions of the HTTP API.',
      generateSecretString: { excludePunctuation: true, passwordLength: 64 },
      removalPolicy: removalPolicyOf(config),
    });
    acknowledge(
      secret,
      'AwsSolutions-SMG4',
      'Distribution and functions must change together: a deployment does that.',
    );
    return secret.secretValue.unsafeUnwrap();
  }

  private accessLogs(config: Config): IBucket {
    const logs = new Bucket(this, 'AccessLogs', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      // CloudFront's standard logs are written by an ACL.
      objectOwnership: ObjectOwnership.OBJECT_WRITER,
      lifecycleRules: [{ expiration: Duration.days(config.logRetentionDays) }],
      removalPolicy: removalPolicyOf(config),
    });
    acknowledge(
      logs,
      'AwsSolutions-S1',
      'It holds access logs itself; logging it into itself would never end.',
    );
    // CDK's types differ under exactOptionalPropertyTypes.
    return logs as IBucket;
  }
}
