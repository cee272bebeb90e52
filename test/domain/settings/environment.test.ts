import { describe, expect, it } from '@jest/globals';
import { cleanEnvironment } from '../../../domain/settings/environment';
import { formatHostAndPort, parseHostAndPort } from '../../../domain/settings/hostAndPort';

it('a variable is trimmed, and counts as not set when it is blank', () => {
  const variables = { a: ' x y\r\n', b: '', c: ' \t', d: undefined, e: 'z' };
  expect(cleanEnvironment(variables)).toStrictEqual({ a: 'x y', e: 'z' });
});

describe('an address', () => {
  it.each([
    ['localhost:1', 'localhost', 1],
    ['my_host.example.:65535', 'my_host.example.', 65_535],
    ['127.0.0.1:80', '127.0.0.1', 80],
    ['[2001:DB8:0::1]:443', '2001:db8::1', 443],
    ['[::ffff:127.0.0.1]:443', '::ffff:7f00:1', 443],
  ])('%s is %s and %d', (text, host, port) => {
    expect(parseHostAndPort(text)).toEqual({ host, port });
  });

  it('has the default port where it names none, and needs one where there is no default', () => {
    expect(parseHostAndPort('host', 7)).toEqual({ host: 'host', port: 7 });
    expect(parseHostAndPort('[::1]', 7)).toEqual({ host: '::1', port: 7 });
    expect(parseHostAndPort('host')).toBeNull();
    expect(parseHostAndPort('a b', 7)).toBeNull();
  });

  it.each([
    '',
    ':1',
    'host:',
    'host:65536',
    'host:123456',
    'host:x',
    '::1:80',
    '[::1',
    '[1:2]:80',
    'a b:1',
    'a..b:1',
    'http://a:1',
    'a:1/',
  ])('%j is none', (text) => {
    expect(parseHostAndPort(text)).toBeNull();
  });

  it.each([
    ['host', 1, 'host:1'],
    ['::1', 2, '[::1]:2'],
  ])('%s and %d are written %s', (host, port, text) => {
    expect(formatHostAndPort({ host, port })).toBe(text);
  });
});
