import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createSts } from '../../src/sts/sts.ts';
import { openAwsEndpoint } from '../support/aws-endpoint.ts';
import { callAws } from '../support/call-aws.ts';

describe('STS', () => {
  let aws: Awaited<ReturnType<typeof openAwsEndpoint>>;
  beforeEach(async () => {
    aws = await openAwsEndpoint();
    aws.add(createSts(aws.access.roleNameOf).service);
  });
  afterEach(() => aws.stop());

  async function ask(Action: string, key?: string): Promise<string> {
    const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
    const body = new URLSearchParams({ Action, Version: '2011-06-15' }).toString();
    const response = await callAws({ url: aws.url, service: 'sts', headers, body, ...(key && { key }) });
    return response.text();
  }

  it('tells the operator and a function who they are', async () => {
    const key = aws.access.accessKeyFor('arn:aws:iam::000000000000:role/Accept');

    expect(await ask('GetCallerIdentity')).toContain('<Arn>arn:aws:iam::000000000000:user/local</Arn>');
    expect(await ask('GetCallerIdentity', key)).toContain(
      '<Arn>arn:aws:sts::000000000000:assumed-role/Accept/local</Arn>',
    );
  });

  it('refuses any other operation in XML', async () => {
    expect(await ask('AssumeRole')).toBe(
      "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidAction</Code><Message>The local cloud's sts does not have AssumeRole; it has GetCallerIdentity</Message></Error></ErrorResponse>",
    );
  });
});
