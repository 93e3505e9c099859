import { isPlainText } from './plain-text.ts';

/** A local part of RFC 5321, 4.1.2, without quotes, which customers do not use. */
const localPart = /^(?=.{1,64}$)[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*$/;

/** A domain of RFC 5321, 4.1.2, without address literals and with at least two labels. */
const domainName =
  /^(?=.{1,253}$)(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])$/;

/** What a domain may consist of before its other letters are encoded: nothing that delimits the host of a URL. */
const writtenDomain = /^(?:[A-Za-z0-9.-]|[^\0-\x7f])+$/;

/** Whether the part before `@` is ASCII. Amazon SES delivers to no other (it does not support SMTPUTF8). */
export const hasAsciiLocalPart = (address: string): boolean => !/[^\0-\x7f].*@/s.test(address);

/**
 * An e-mail address in the form that mail services take: the labels of an internationalised domain become A-labels
 * (UTS #46), as in `ada@xn--exmple-cua.de` for `ada@EXÄMPLE。de`.
 *
 * @returns undefined when it is no e-mail address
 * @see https://url.spec.whatwg.org/#concept-domain-to-ascii
 */
export function asciiEmailAddress(address: string): string | undefined {
  const [local = '', written = '', ...more] = address.split('@');
  if (more.length > 0 || !localPart.test(local) || !writtenDomain.test(written) || !isPlainText(written))
    return undefined;
  const domain = URL.parse(`https://${written}`)?.hostname ?? '';
  const ascii = `${local}@${domain}`;
  return domainName.test(domain) && ascii.length <= 254 ? ascii : undefined;
}
