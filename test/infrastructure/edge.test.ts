import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { buildApp } from '../../bin/app.ts';
import cdkJson from '../../cdk.json' with { type: 'json' };
import { configOf } from '../../lib/config-of.ts';
import { WrongConfiguration } from '../../lib/wrong-configuration.ts';
import { functionNamed, functionsOf, resourcesOf, template, textOf, theOnly } from '../support/stack.ts';

const edge = template('edge');
const page = template('page');
const distribution = theOnly('AWS::CloudFront::Distribution', edge).Properties.DistributionConfig;
const ofApi = distribution.CacheBehaviors[0];
const originOf = ({ TargetOriginId }: { TargetOriginId: string }) =>
  distribution.Origins.find(({ Id }: { Id: string }) => Id === TargetOriginId);
const webAclArn = 'arn:aws:wafv2:us-east-1:000000000000:global/webacl/orders/0a1b2c3d';

/** Ids of AWS's managed policies. */
const managed = {
  cachingDisabled: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
  allViewerExceptHostHeader: 'b689b0a8-53d0-40ab-baf2-68738e2966ac',
};

describe('CloudFront in front of the API', () => {
  it('has the web ACL, the domain, TLS 1.2 and an access log', () => {
    expect(distribution).toMatchObject({
      WebACLId: webAclArn,
      Aliases: ['shop.example'],
      ViewerCertificate: { MinimumProtocolVersion: 'TLSv1.2_2021', SslSupportMethod: 'sni-only' },
      Logging: { Bucket: expect.anything() },
    });
  });

  it('passes every request on, and caches none', () => {
    expect(ofApi).toMatchObject({
      PathPattern: '/api/*',
      AllowedMethods: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE'],
      CachePolicyId: managed.cachingDisabled,
      OriginRequestPolicyId: managed.allViewerExceptHostHeader,
      ViewerProtocolPolicy: 'https-only',
    });
    expect(originOf(ofApi).CustomOriginConfig).toMatchObject({ OriginProtocolPolicy: 'https-only' });
  });

  it('shows the functions a secret that is in no template, and every function of the API asks for it', () => {
    const [{ HeaderName, HeaderValue }] = originOf(ofApi).OriginCustomHeaders;
    const asking = Object.entries(functionsOf(edge)).filter(
      ([, { Properties }]) => Properties.Environment?.Variables.ORIGIN_SECRET !== undefined,
    );

    expect(HeaderName).toBe('x-origin-secret');
    expect(textOf(HeaderValue)).toMatch(/^\{\{resolve:secretsmanager:<EdgeOriginSecret/);
    expect(asking.map(([name]) => name)).toEqual(
      Object.keys(functionsOf(edge)).filter((name) => name.startsWith('Api')),
    );
    for (const [, { Properties }] of asking)
      expect(Properties.Environment.Variables.ORIGIN_SECRET).toEqual(HeaderValue);
  });

  it('costs functions nothing where there is no web ACL', () => {
    for (const deployed of [template('production'), page])
      for (const { Properties } of Object.values(functionsOf(deployed)))
        expect(Properties.Environment?.Variables).not.toHaveProperty('ORIGIN_SECRET');
    expect(resourcesOf('AWS::CloudFront::Distribution', template('production'))).toEqual({});
  });

  it('has the records of the domain, which is no domain of API Gateway', () => {
    const records = Object.values(resourcesOf('AWS::Route53::RecordSet', edge))
      .filter(({ Properties }) => Properties.Name === 'shop.example')
      .map(({ Properties }) => [Properties.Type, textOf(Properties.AliasTarget.DNSName)]);
    const domains = Object.values(resourcesOf('AWS::ApiGatewayV2::DomainName', edge));

    expect(records).toEqual([
      ['A', '<EdgeDistribution.DomainName>'],
      ['AAAA', '<EdgeDistribution.DomainName>'],
    ]);
    expect(domains.map(({ Properties }) => Properties.DomainName)).toEqual(['live.shop.example']);
  });

  it('is what clients are told', () => {
    const { Variables } = functionNamed('ApiAccept', edge).Environment;

    expect(Variables.API_URL).toBe('https://shop.example/api');
  });

  it.each([
    ['webAclArn', { webAclArn: webAclArn.replace('us-east-1', 'eu-central-1') }, 'scope CLOUDFRONT'],
    ['webAclArn', { webAclArn: webAclArn.replace('global', 'regional') }, 'scope CLOUDFRONT'],
    [
      'edgeCertificateArn',
      { web: true, edgeCertificateArn: 'arn:aws:acm:eu-central-1:000000000000:certificate/0a' },
      'certificate of us-east-1',
    ],
    [
      'edgeCertificateArn',
      { edgeCertificateArn: 'arn:aws:acm:us-east-1:000000000000:certificate/0a' },
      'apiDomain',
    ],
    [
      'edgeCertificateArn',
      { web: true, domains: { api: 'a.example', live: 'b.example', hostedZoneId: 'Z0' } },
      'needs a certificate of us-east-1',
    ],
    ['web', { web: true, tokens: { issuer: 'https://issuer.example', audience: ['a'] } }, 'user pool'],
  ])('is refused for a wrong %s: %j', (name, overrides, reason) => {
    expect(() => configOf('development', overrides)).toThrow(name);
    expect(() => configOf('development', overrides)).toThrow(reason);
  });
});

describe("CloudFront's access log", () => {
  const [bucketId] = Object.keys(resourcesOf('AWS::S3::Bucket', edge)).filter((id) =>
    id.startsWith('EdgeAccessLogs'),
  );
  const bucket = resourcesOf('AWS::S3::Bucket', edge)[bucketId ?? '']?.Properties;

  it('holds client addresses and ids of jobs, so it is deleted with the other logs', () => {
    expect(bucket.LifecycleConfiguration.Rules).toEqual([{ ExpirationInDays: 90, Status: 'Enabled' }]);
  });

  it('has no cookies', () => {
    expect(distribution.Logging.IncludeCookies ?? false).toBe(false);
  });

  it('is encrypted, closed to the public, and read over TLS only', () => {
    const [policy] = Object.values(resourcesOf('AWS::S3::BucketPolicy', edge)).filter(
      ({ Properties }) => Properties.Bucket.Ref === bucketId,
    );

    expect(bucket.BucketEncryption.ServerSideEncryptionConfiguration).toHaveLength(1);
    expect(bucket.PublicAccessBlockConfiguration).toMatchObject({
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
    });
    expect(policy?.Properties.PolicyDocument.Statement).toContainEqual(
      expect.objectContaining({
        Effect: 'Deny',
        Action: 's3:*',
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    );
  });
});

describe('the key of the stack', () => {
  const { Statement } = theOnly('AWS::KMS::Key', edge).Properties.KeyPolicy;
  const allowedTo = (service: string) =>
    Statement.filter(({ Principal }: { Principal: { Service?: string } }) => Principal.Service === service);

  it('encrypts the buckets of the page and of the access log', () => {
    const buckets = Object.values(resourcesOf('AWS::S3::Bucket', edge));

    expect(buckets).toHaveLength(2);
    for (const { Properties } of buckets)
      expect(Properties.BucketEncryption.ServerSideEncryptionConfiguration).toEqual([
        {
          BucketKeyEnabled: true,
          ServerSideEncryptionByDefault: {
            SSEAlgorithm: 'aws:kms',
            KMSMasterKeyID: { 'Fn::GetAtt': [expect.stringContaining('EncryptionKey'), 'Arn'] },
          },
        },
      ]);
  });

  it('lets distributions of this account read the page, and the delivery of logs write the access log', () => {
    expect(allowedTo('cloudfront.amazonaws.com')).toMatchObject([
      { Action: 'kms:Decrypt', Condition: { ArnLike: { 'aws:SourceArn': expect.anything() } } },
    ]);
    expect(allowedTo('delivery.logs.amazonaws.com')).toContainEqual(
      expect.objectContaining({ Action: ['kms:Decrypt', 'kms:GenerateDataKey*'] }),
    );
    expect(JSON.stringify(Statement)).toContain('"s3.');
  });
});

describe('the page', () => {
  it('is refused, with the command that builds it, when it has not been built', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'accepted-no-page-'));
    const build = () =>
      buildApp({
        context: { ...cdkJson.context, profile: 'development', web: 'true' },
        outdir: path.join(folder, 'out'),
        webFolder: folder,
      });

    expect(build).toThrow(WrongConfiguration);
    expect(build).toThrow('run npm run build:web');
    rmSync(folder, { recursive: true });
  });

  const { DistributionConfig } = theOnly('AWS::CloudFront::Distribution', page).Properties;

  it('is in a private bucket that only the distribution reads', () => {
    for (const { Properties } of Object.values(resourcesOf('AWS::S3::Bucket', page)))
      expect(Properties.PublicAccessBlockConfiguration).toEqual({
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      });
    expect(theOnly('AWS::CloudFront::OriginAccessControl', page).Properties).toMatchObject({
      OriginAccessControlConfig: { SigningBehavior: 'always', SigningProtocol: 'sigv4' },
    });
  });

  it('has a strict policy, which allows the live API and the sign-in', () => {
    const { SecurityHeadersConfig } = theOnly('AWS::CloudFront::ResponseHeadersPolicy', page).Properties
      .ResponseHeadersPolicyConfig;
    const policy = JSON.stringify(SecurityHeadersConfig.ContentSecurityPolicy.ContentSecurityPolicy);

    for (const part of [
      "default-src 'none'",
      "script-src 'self'",
      "frame-ancestors 'none'",
      "connect-src 'self'",
    ])
      expect(policy).toContain(part);
    expect(policy).toMatch(/LiveApi.*UsersUserPoolHostedPages/);
    expect(SecurityHeadersConfig.StrictTransportSecurity.AccessControlMaxAgeSec).toBe(31_536_000);
    expect(SecurityHeadersConfig.FrameOptions.FrameOption).toBe('DENY');
  });

  it('answers its own paths by a function, so that errors of the API stay as they are', () => {
    expect(DistributionConfig.CustomErrorResponses).toBeUndefined();
    expect(DistributionConfig.DefaultCacheBehavior.FunctionAssociations).toHaveLength(1);
  });

  it('signs in with a public client by authorization code, and comes back to its own address', () => {
    const [, client] = Object.entries(resourcesOf('AWS::Cognito::UserPoolClient', page)).find(([id]) =>
      id.includes('Page'),
    ) ?? ['', undefined];
    const { CallbackURLs, LogoutURLs, ...properties } = client?.Properties ?? {};

    expect(properties).toMatchObject({
      GenerateSecret: false,
      AllowedOAuthFlows: ['code'],
      AllowedOAuthScopes: ['openid'],
    });
    expect(CallbackURLs.map(textOf)).toEqual(['https://<EdgeDistribution.DomainName>/']);
    expect(LogoutURLs).toEqual(CallbackURLs);
  });

  it("has its client among the audiences of the API's tokens", () => {
    const { Properties } = theOnly('AWS::ApiGatewayV2::Authorizer', page);

    expect(Properties.JwtConfiguration.Audience.map(textOf)).toEqual([
      '<UsersUserPoolClient>',
      '<UsersUserPoolPage>',
    ]);
  });
});
