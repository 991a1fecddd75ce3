import { type AddressInfo, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

interface Mail {
  from: string;
  to: string[];
  /** Head and body, lines by CRLF. */
  data: string;
}

/** As much of a mail server as a client needs to hand in mails (RFC 5321). */
export interface SmtpServer {
  url: string;
  mails: Mail[];
  /** Refuses recipients, or everything. */
  refuse: (recipient: string) => boolean;
  isBroken: boolean;
}

export async function startSmtpServer(): Promise<SmtpServer> {
  const smtp: SmtpServer = { url: '', mails: [], refuse: () => false, isBroken: false };
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    serve(socket, smtp);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  smtp.url = `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return smtp;
}

function serve(socket: Socket, smtp: SmtpServer): void {
  let mail: Mail = { from: '', to: [], data: '' };
  let isData = false;
  let text = '';
  const say = (line: string) => socket.write(`${line}\r\n`);
  const take = (line: string) => {
    if (isData) {
      if (line !== '.') {
        mail.data += `${line.replace(/^\./, '')}\r\n`;
        return;
      }
      isData = false;
      smtp.mails.push(mail);
      mail = { from: '', to: [], data: '' };
      say('250 taken');
    } else if (/^(EHLO|HELO)/i.test(line)) say('250 test');
    else if (/^MAIL FROM:/i.test(line)) {
      mail.from = addressIn(line);
      say(smtp.isBroken ? '451 try later, user hunter2' : '250 ok');
    } else if (/^RCPT TO:/i.test(line)) {
      const recipient = addressIn(line);
      if (smtp.refuse(recipient)) return say('550 no such user');
      mail.to.push(recipient);
      say('250 ok');
    } else if (/^DATA/i.test(line)) {
      isData = true;
      say('354 go on');
    } else if (/^QUIT/i.test(line)) socket.end('221 bye\r\n');
    else say('250 ok');
    return;
  };
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    text += chunk.toString('utf8');
    for (let end = text.indexOf('\r\n'); end >= 0; end = text.indexOf('\r\n')) {
      const line = text.slice(0, end);
      text = text.slice(end + 2);
      take(line);
    }
  });
  say('220 test');
}

function addressIn(line: string): string {
  return /<([^>]*)>/.exec(line)?.[1] ?? '';
}
