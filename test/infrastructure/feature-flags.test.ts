import { expect, it } from '@jest/globals';
import recommended from 'aws-cdk-lib/recommended-feature-flags.json' with { type: 'json' };
import cdkJson from '../../cdk.json' with { type: 'json' };

it('cdk.json decides every feature flag of the CDK, as it is recommended', () => {
  expect(cdkJson.context).toEqual(recommended);
});
