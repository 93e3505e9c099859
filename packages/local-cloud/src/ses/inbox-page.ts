import type { PublicRoute } from '../wire/public-endpoint.ts';
import type { Mail } from './mail.ts';

/** The inbox for a browser, at `/_local/mail` of the public port: newest first. */
export function inboxPage(inbox: () => readonly Mail[]): PublicRoute {
  return {
    matches: ({ url = '' }) => url.split('?')[0] === '/_local/mail',
    async handle(_, response) {
      const mails = inbox().toReversed().map(article).join('\n');
      response
        .writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
        .end(
          `<!doctype html><meta http-equiv="refresh" content="5"><title>Mail</title>\n${mails || 'No mail yet.'}`,
        );
    },
  };
}

/** HTML of an e-mail goes into a frame without scripts. */
function article({ from, to, subject, at, text = '', html }: Mail): string {
  const body =
    html === undefined
      ? `<pre>${escaped(text)}</pre>`
      : `<iframe sandbox srcdoc="${escaped(html)}"></iframe>`;
  return `<article><h2>${escaped(subject)}</h2><p>${escaped(`${from} to ${to.join(', ')}, ${at}`)}</p>${body}</article>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
