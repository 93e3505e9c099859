import { describe, expect, it } from '@jest/globals';
import { parseOptions, usageText } from '../../src/cli/options.ts';

describe('the command line', () => {
  it('has defaults for everything', () => {
    expect(parseOptions([])).toEqual({
      cloud: { port: 3000, awsPort: 4566, timeScale: 1, seed: 1 },
      context: {},
      build: false,
      json: false,
      verbose: false,
      help: false,
    });
  });

  it('reads every option', () => {
    const args =
      '--port 0 --aws-port 0 --data d --dynamodb http://localhost:8000 --time-scale 0.01 --seed 7 --json';

    expect(
      parseOptions([
        ...args.split(' '),
        '--app',
        'node bin/app.ts',
        '--stack',
        'Orders',
        '--config',
        'local.ts',
        '-c',
        'profile=production',
        '--context',
        'sender=a=b',
      ]),
    ).toMatchObject({
      cloud: {
        port: 0,
        awsPort: 0,
        data: 'd',
        dynamodb: new URL('http://localhost:8000'),
        timeScale: 0.01,
        seed: 7,
      },
      app: 'node bin/app.ts',
      stack: 'Orders',
      config: 'local.ts',
      context: { profile: 'production', sender: 'a=b' },
      json: true,
    });
  });

  it.each([
    ['--port 70000', '--port is "70000"; allowed: a whole number from 0 to 65535'],
    ['--aws-port x', '--aws-port is "x"'],
    ['--port 80 --aws-port 80', '--port and --aws-port are both 80'],
    ['--time-scale 0', '--time-scale is "0"; allowed: a number above 0'],
    ['--dynamodb localhost:8000', '--dynamodb is "localhost:8000"; allowed: an http or https URL'],
    ['--app=', '--app is empty; allowed: a command such as "node bin/app.ts", or a synthesized folder'],
    ['--stack=', '--stack is empty'],
    ['--config=', '--config is empty'],
    ['--data=', '--data is empty; allowed: the path of a folder'],
    ['--seed -1', 'seed'],
    ['-c profile', '--context is "profile"; allowed: KEY=VALUE'],
    ['--prot 1', "Unknown option '--prot'"],
    ['stray', 'stray'],
  ])('refuses %s', (line, expected) => {
    expect(() => parseOptions(line.split(' '))).toThrow(expected);
  });

  it('explains every option', () => {
    const options = ['app', 'stack', 'config', 'port', 'aws-port', 'data', 'dynamodb', 'time-scale', 'seed'];

    for (const option of [...options, 'build', 'json', 'verbose', 'help'])
      expect(usageText).toContain(`--${option} `);
  });
});
