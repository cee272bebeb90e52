import { describe, expect, it } from '@jest/globals';
import { noAnswer } from '../../../vmc/api/noAnswer';

const SERVICE = { name: 'VMC API', host: 'api.example', variable: 'VMC_API_URL' } as const;

function faultOf(code: string) {
  return noAnswer({ kind: 'unanswered', code, proxy: null }, SERVICE);
}

describe('a certificate that Node does not accept', () => {
  it.each([
    ['DEPTH_ZERO_SELF_SIGNED_CERT', /NODE_EXTRA_CA_CERTS/],
    ['SELF_SIGNED_CERT_IN_CHAIN', /NODE_EXTRA_CA_CERTS/],
    ['UNABLE_TO_GET_ISSUER_CERT', /NODE_EXTRA_CA_CERTS/],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', /NODE_EXTRA_CA_CERTS/],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /NODE_EXTRA_CA_CERTS/],
    ['CERT_UNTRUSTED', /NODE_EXTRA_CA_CERTS/],
    ['CERT_HAS_EXPIRED', /clock/],
    ['CERT_NOT_YET_VALID', /clock/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', /VMC_API_URL/],
    ['HOSTNAME_MISMATCH', /VMC_API_URL/],
    ['CERT_REVOKED', /replaced/],
    ['CERT_SIGNATURE_FAILURE', /replaced/],
    ['INVALID_CA', /replaced/],
    ['INVALID_PURPOSE', /replaced/],
    ['UNSPECIFIED', /replaced/],
  ])('with %s is told as such, with its remedy', (code, remedy) => {
    const fault = faultOf(code);
    expect(fault.message).toMatch(
      new RegExp(`^The VMC API at api\\.example showed a certificate .*\\(${code}\\): .*\\?$`),
    );
    expect(fault.remedy).toMatch(remedy);
  });
});

it.each([
  ['EPROTO', 'completed no TLS handshake (EPROTO): is https spoken where VMC_API_URL points to?'],
  [
    'HPE_INVALID_CONSTANT',
    'gave an answer that is no HTTP (HPE_INVALID_CONSTANT): is http spoken where VMC_API_URL points to?',
  ],
])('%s tells that the URL names another protocol than is spoken', (code, fault) => {
  expect(faultOf(code)).toEqual({ message: `The VMC API at api.example ${fault}` });
});

it.each(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND'])('%s is no fault of a certificate', (code) => {
  expect(faultOf(code)).toEqual({
    message: `The VMC API at api.example gave no whole answer (${code}): is it reachable, and is VMC_API_URL right?`,
  });
});
