import { describe, expect, it } from '@jest/globals';
import { asciiEmailAddress } from '../../../../domain/protocol/email-address.ts';

describe('an e-mail address for a mail service', () => {
  it.each([
    ['Ada+shop@example.com', 'Ada+shop@example.com'],
    ['ada@exämple.de', 'ada@xn--exmple-cua.de'],
    ['ada@BÜCHER.DE', 'ada@xn--bcher-kva.de'],
    ['ada@faß.de', 'ada@xn--fa-hia.de'],
    ['ada@例え。jp', 'ada@xn--r8jz45g.jp'],
    ['ada@例え．jp', 'ada@xn--r8jz45g.jp'],
    ['ada@例え｡jp', 'ada@xn--r8jz45g.jp'],
    ['ada@почта.рф', 'ada@xn--80a1acny.xn--p1ai'],
    ['ada@paral·lel.cat', 'ada@xn--parallel-koa.cat'],
    ['ada@xn--bcher-kva.de', 'ada@xn--bcher-kva.de'],
  ])('of %s is %s', (written, ascii) => {
    expect(asciiEmailAddress(written)).toBe(ascii);
  });

  it.each([
    ['a local part of other letters', 'bücher@example.com'],
    ['no domain', 'ada'],
    ['two at signs', 'a@b@example.com'],
    ['a wide at sign', 'ada＠example.com'],
    ['one label', 'ada@localhost'],
    ['an IP address', 'ada@192.0.2.1'],
    ['an IP address in wide digits', 'ada@１９２.０.２.１'],
    ['a port', 'ada@example.com:25'],
    ['a path', 'ada@example.com/x'],
    ['a wide slash', 'ada@example.com／x.de'],
    ['an escape', 'ada@ex%61mple.com'],
    ['an invisible character', 'ada@exam\u00adple.com'],
    ['an empty label', 'ada@a..de'],
    ['a full stop at the end', 'ada@example.com.'],
    ['a label that is too long once encoded', `ada@${'ü'.repeat(60)}.de`],
    ['a length beyond 254 once encoded', `ada@${Array(40).fill('büro').join('.')}.de`],
  ])('does not exist for an address with %s', (_, written) => {
    expect(asciiEmailAddress(written)).toBeUndefined();
  });
});
