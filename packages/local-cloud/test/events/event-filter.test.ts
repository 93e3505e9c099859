import { describe, expect, it } from '@jest/globals';
import { parsePattern } from '../../src/events/event-filter.ts';

const record = {
  eventID: 'c9fbe7d0261a5163fcb6940593e41797',
  eventName: 'INSERT',
  dynamodb: {
    Keys: { pk: { S: 'a' } },
    NewImage: { name: { S: 'Alice' }, age: { N: '5' }, tags: { SS: ['x', 'y'] }, gone: { NULL: true } },
  },
};
const plain = {
  UserID: 'Alice',
  Price: 15,
  Region: 'us-east-1',
  Address: null,
  Comment: '',
  Tags: ['a', 'b'],
};

/** The examples of https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html and their opposites. */
const cases: readonly (readonly [string, object, object, boolean])[] = [
  ['null', { Address: [null] }, plain, true],
  ['null, of an absent field', { Nothing: [null] }, plain, false],
  ['empty', { Comment: [''] }, plain, true],
  ['equals', { UserID: ['Alice'] }, plain, true],
  ['equals, another case', { UserID: ['alice'] }, plain, false],
  ['equals ignoring case', { UserID: [{ 'equals-ignore-case': 'aLiCe' }] }, plain, true],
  ['and', { UserID: ['Alice'], Region: ['us-west-1'] }, plain, false],
  ['or', { Region: ['us-west-1', 'us-east-1'] }, plain, true],
  ['or of fields', { $or: [{ UserID: ['Bob'] }, { Price: [15] }] }, plain, true],
  ['or of fields, none', { $or: [{ UserID: ['Bob'] }, { Price: [16] }] }, plain, false],
  ['anything but', { UserID: [{ 'anything-but': ['Bob'] }] }, plain, true],
  ['anything but, that one', { UserID: [{ 'anything-but': ['Alice', 'Bob'] }] }, plain, false],
  ['anything but, of an absent field', { Nothing: [{ 'anything-but': ['Bob'] }] }, plain, false],
  ['anything but a prefix', { Region: [{ 'anything-but': { prefix: 'us-' } }] }, plain, false],
  ['numeric equals', { Price: [{ numeric: ['=', 15] }] }, plain, true],
  ['numeric range', { Price: [{ numeric: ['>', 10, '<=', 20] }] }, plain, true],
  ['numeric range, outside', { Price: [{ numeric: ['>', 15, '<=', 20] }] }, plain, false],
  ['exists', { UserID: [{ exists: true }] }, plain, true],
  ['exists not', { Nothing: [{ exists: false }] }, plain, true],
  ['exists not, but does', { UserID: [{ exists: false }] }, plain, false],
  ['prefix', { Region: [{ prefix: 'us-' }] }, plain, true],
  ['prefix ignoring case', { Region: [{ prefix: { 'equals-ignore-case': 'US-' } }] }, plain, true],
  ['suffix', { Region: [{ suffix: 'east-1' }] }, plain, true],
  ['an element of a list', { Tags: ['b'] }, plain, true],
  ['a record by its name', { eventName: ['INSERT', 'MODIFY'] }, record, true],
  ['a key of a record', { dynamodb: { Keys: { pk: { S: ['a'] } } } }, record, true],
  ['a number of DynamoDB as text', { dynamodb: { NewImage: { age: { N: ['5'] } } } }, record, true],
  [
    'a number of DynamoDB as number',
    { dynamodb: { NewImage: { age: { N: [{ numeric: ['=', 5] }] } } } },
    record,
    false,
  ],
  ['a set that exists', { dynamodb: { NewImage: { tags: { SS: [{ exists: true }] } } } }, record, true],
  [
    'a set that does not exist',
    { dynamodb: { NewImage: { watchers: { SS: [{ exists: true }] } } } },
    record,
    false,
  ],
  ['an object never exists', { dynamodb: { NewImage: { name: [{ exists: true }] } } }, record, false],
  [
    'absent in an absent image',
    { dynamodb: { OldImage: { name: { S: [{ exists: false }] } } } },
    record,
    true,
  ],
  ['a truth value', { dynamodb: { NewImage: { gone: { NULL: [true] } } } }, record, true],
];

describe('event filter', () => {
  it.each(cases)('decides %s', (_, pattern, event, expected) => {
    expect(parsePattern(JSON.stringify(pattern))(event)).toBe(expected);
  });

  it.each([
    ['a bare value', { a: 'x' }, 'allowed: a list of values'],
    ['an empty list', { a: [] }, 'allowed: a list of values'],
    ['an unknown operator', { a: [{ wildcard: '*' }] }, 'allowed operators: exists'],
    ['an operand of the wrong type', { a: [{ numeric: ['>', '5'] }] }, 'allowed operators'],
    ['no field', {}, 'all of an event pattern is {}; allowed: an object with at least one field'],
    ['no field within', { detail: {} }, 'detail of an event pattern is {}'],
    ['addresses', { a: [{ cidr: '10.0.0.0/8' }] }, 'allowed operators: exists'],
    ['anything but nothing', { a: [{ 'anything-but': [] }] }, 'allowed operators'],
    ['anything but of two kinds', { a: [{ 'anything-but': ['x', 1] }] }, 'allowed operators'],
    ['anything but null', { a: [{ 'anything-but': [null] }] }, 'allowed operators'],
    ['a range the wrong way round', { a: [{ numeric: ['<', 5, '>', 1] }] }, 'allowed operators'],
    ['an empty range', { a: [{ numeric: ['>', 5, '<', 5] }] }, 'allowed operators'],
    ['equality within a range', { a: [{ numeric: ['=', 5, '<', 6] }] }, 'allowed operators'],
    ['two operators at once', { a: [{ prefix: 'x', suffix: 'y' }] }, 'allowed operators'],
    ['a member of every object', { a: [{ constructor: 'x' }] }, 'allowed operators'],
    ['$or of one', { $or: [{ a: ['x'] }] }, '$or of an event pattern must list two or more'],
    ['a list in a list', { a: [['x']] }, 'a list in its list'],
  ])('refuses %s', (_, pattern, message) => {
    expect(() => parsePattern(pattern)).toThrow(message);
  });
});
