import { describe, expect, it } from '@jest/globals';
import { AwsError } from '../../src/wire/aws-error.ts';
import { errorBody } from '../../src/wire/error-body.ts';

const error = new AwsError('Nope', 'a < b & c', 400, { Item: 1 });
const credentialOf = (service: string) =>
  `AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/${service}/aws4_request, …`;
const form = 'application/x-www-form-urlencoded; charset=utf-8';

describe('the body of an error', () => {
  it.each([
    ['a query API', { 'content-type': form, authorization: credentialOf('iam') }],
    ['an XML API over REST', { authorization: credentialOf('s3') }],
  ])('is XML for %s', (_, headers) => {
    expect(errorBody(error, headers)).toEqual({
      contentType: 'text/xml',
      body: '<ErrorResponse><Error><Type>Sender</Type><Code>Nope</Code><Message>a &lt; b &amp; c</Message></Error></ErrorResponse>',
    });
  });

  it('is XML of its own kind for EC2', () => {
    expect(errorBody(error, { 'content-type': form, authorization: credentialOf('ec2') }).body).toBe(
      '<Response><Errors><Error><Code>Nope</Code><Message>a &lt; b &amp; c</Message></Error></Errors></Response>',
    );
  });

  it('is CBOR for an API that speaks it', () => {
    const { contentType, body } = errorBody(new AwsError('No', 'é'), { 'smithy-protocol': 'rpc-v2-cbor' });

    expect(contentType).toBe('application/cbor');
    // A map of two pairs (RFC 8949): "__type": "No", "message": "é".
    expect(Buffer.from(body).toString('hex')).toBe(
      'a2790006' + '5f5f74797065' + '7900024e6f' + '790007' + '6d657373616765' + '790002c3a9',
    );
  });

  it('is JSON for all others, with the members of the error', () => {
    expect(errorBody(error, { authorization: credentialOf('dynamodb') })).toEqual({
      contentType: 'application/x-amz-json-1.0',
      body: '{"__type":"Nope","message":"a < b & c","Item":1}',
    });
  });
});
