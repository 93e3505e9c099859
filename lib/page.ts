import { existsSync } from 'node:fs';
import path from 'node:path';
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  type BehaviorOptions,
  CachePolicy,
  Function as EdgeFunction,
  FunctionCode,
  FunctionEventType,
  FunctionRuntime,
  HeadersFrameOption,
  HeadersReferrerPolicy,
  ResponseHeadersPolicy,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket } from 'aws-cdk-lib/aws-s3';
import { BucketDeployment, Source } from 'aws-cdk-lib/aws-s3-deployment';
import { Construct } from 'constructs';
import { basePath } from '../domain/protocol/protocol.ts';
import { contentSecurityPolicy } from '../web/content-security-policy.ts';
import { acknowledge, acknowledgeWildcard } from './acknowledge.ts';
import type { Config } from './config.ts';
import type { Users } from './users.ts';
import { WrongConfiguration } from './wrong-configuration.ts';

export interface PageProps {
  /** The built page. */
  readonly folder: string;
  readonly users: Users;
  /** URL of the WebSocket API. */
  readonly liveUrl: string;
  readonly config: Config;
}

/**
 * The order page: its files in a bucket that only CloudFront reads.
 *
 * @throws WrongConfiguration when the page has not been built
 */
export class Page extends Construct {
  /** How the distribution serves it. */
  readonly behavior: BehaviorOptions;
  private readonly bucket: IBucket;
  private readonly props: PageProps;
  private readonly signInUrl: string;

  constructor(scope: Construct, id: string, props: PageProps) {
    super(scope, id);
    this.props = props;
    const { folder, users, liveUrl } = props;
    if (!existsSync(path.join(folder, 'index.html')))
      throw new WrongConfiguration([`web is true, but ${folder} has no page: run npm run build:web first.`]);

    const bucket = new Bucket(this, 'Bucket', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      // Whatever it holds can be built again.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // CDK's types differ under exactOptionalPropertyTypes.
    this.bucket = bucket as IBucket;
    acknowledge(bucket, 'AwsSolutions-S1', 'Only CloudFront reads it, which logs every request.');
    this.signInUrl = users.hostedPages();
    this.behavior = {
      origin: S3BucketOrigin.withOriginAccessControl(this.bucket),
      viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
      // A deployment changes index.html and config.json in place.
      cachePolicy: CachePolicy.CACHING_DISABLED,
      responseHeadersPolicy: new ResponseHeadersPolicy(this, 'Headers', {
        securityHeadersBehavior: {
          contentSecurityPolicy: {
            contentSecurityPolicy: contentSecurityPolicy([liveUrl, this.signInUrl]),
            override: true,
          },
          contentTypeOptions: { override: true },
          frameOptions: { frameOption: HeadersFrameOption.DENY, override: true },
          referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override: true },
          strictTransportSecurity: { accessControlMaxAge: Duration.days(365), override: true },
        },
      }),
      functionAssociations: [
        {
          eventType: FunctionEventType.VIEWER_REQUEST,
          function: new EdgeFunction(this, 'Fallback', {
            comment: 'Paths of the page that are no files get the page.',
            runtime: FunctionRuntime.JS_2_0,
            code: FunctionCode.fromInline(fallback),
          }),
        },
      ],
    };
  }

  /** Uploads the files, and tells the page where the API and the sign-in are. */
  publish(url: string): void {
    const { folder, users, config } = this.props;
    const scopes = [...new Set(Object.values(config.scopes).flatMap((list) => list ?? []))];
    const clientId = users.addPage(`${url}/`, scopes);
    new BucketDeployment(this, 'Files', {
      destinationBucket: this.bucket,
      sources: [
        Source.asset(folder),
        Source.jsonData('config.json', {
          baseUrl: basePath,
          signIn: {
            authorizeUrl: `${this.signInUrl}/oauth2/authorize`,
            tokenUrl: `${this.signInUrl}/oauth2/token`,
            logoutUrl: `${this.signInUrl}/logout`,
            clientId,
            scopes: ['openid', ...scopes],
          },
        }),
      ],
    });
    this.acknowledgeUploader();
  }

  /** CDK's own function, which CloudFormation calls while it deploys. */
  private acknowledgeUploader(): void {
    const stack = Stack.of(this);
    const uploader = stack.node.children.find(({ node }) =>
      node.id.startsWith('Custom::CDKBucketDeployment'),
    );
    if (uploader === undefined) throw new Error('The CDK calls the function that uploads files otherwise.');
    const reason =
      "It is the CDK's function and role, runs only while the stack is deployed, and reports its failure.";
    for (const rule of [
      'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
      ...['GetBucket*', 'GetObject*', 'List*', 'Abort*', 'DeleteObject*'].map(
        (action) => `AwsSolutions-IAM5[Action::s3:${action}]`,
      ),
      'AwsSolutions-L1',
      'Serverless-LambdaDLQ',
      'Serverless-LambdaLatestVersion',
      'Serverless-LambdaTracing',
    ])
      acknowledge(uploader, rule, reason);
    const assets = `arn:${stack.partition}:s3:::cdk-hnb659fds-assets-${stack.account}-${stack.region}/*`;
    for (const objects of [assets, `${this.bucket.bucketArn}/*`])
      acknowledgeWildcard(
        uploader,
        objects,
        "It copies every file of the page from the CDK's bucket to the page's.",
      );
  }
}

/** CloudFront's error pages would replace the API's problem documents, too. */
const fallback = `function handler(event) {
  var request = event.request;
  if (request.uri.indexOf('.') < 0) request.uri = '/index.html';
  return request;
}`;
