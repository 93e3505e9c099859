import { CfnOutput } from 'aws-cdk-lib';
import { DomainName, SecurityPolicy } from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate, CertificateValidation } from 'aws-cdk-lib/aws-certificatemanager';
import { CfnRecordSet, HostedZone } from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import type { Config } from './config.ts';

export interface DomainsProps {
  readonly domains: NonNullable<Config['domains']>;
  /** The domain of the HTTP API is CloudFront's. */
  readonly edge: boolean;
}

/** The domains of both APIs, with their certificate. API Gateway cannot map one domain to an HTTP and a WebSocket API. */
export class Domains extends Construct {
  /** Absent where it is CloudFront's. */
  readonly api: DomainName | undefined;
  readonly live: DomainName;

  constructor(scope: Construct, id: string, { domains, edge }: DomainsProps) {
    super(scope, id);
    const { hostedZoneId, certificateArn } = domains;

    const certificate =
      certificateArn === undefined
        ? new Certificate(this, 'Certificate', {
            domainName: edge ? domains.live : domains.api,
            ...(!edge && { subjectAlternativeNames: [domains.live] }),
            validation: CertificateValidation.fromDns(
              hostedZoneId === undefined
                ? undefined
                : HostedZone.fromHostedZoneId(this, 'Zone', hostedZoneId),
            ),
          })
        : Certificate.fromCertificateArn(this, 'Certificate', certificateArn);
    const domain = (name: 'Api' | 'Live', domainName: string): DomainName => {
      const created = new DomainName(this, name, {
        domainName,
        certificate,
        securityPolicy: SecurityPolicy.TLS_1_2,
      });
      if (hostedZoneId === undefined) {
        const description = `Point ${domainName} here, with a CNAME record.`;
        new CfnOutput(scope, `${name}DomainTarget`, { value: created.regionalDomainName, description });
      } else {
        new CfnRecordSet(this, `${name}Record`, {
          hostedZoneId,
          name: domainName,
          type: 'A',
          aliasTarget: { dnsName: created.regionalDomainName, hostedZoneId: created.regionalHostedZoneId },
        });
      }
      return created;
    };
    this.api = edge ? undefined : domain('Api', domains.api);
    this.live = domain('Live', domains.live);
  }
}
