import type { Client, ConnectPacket } from 'aedes';
import { accountKey } from './account.ts';
import type { AedesClient } from './aedes-internals.ts';
import type { Account } from './contract/access.ts';
import { Interest } from './topic-filter.ts';

/** What the connections of one provider and its devices have waiting together. */
export interface ProviderShare {
  connections: number;
  pendingCount: number;
  pendingBytes: number;
}

/** A command that was sent to a clean session: nobody else keeps it. */
export interface SentCommand {
  topic: string;
  payload: Buffer;
}

/** What the broker knows of one open connection beside what Aedes knows. */
export interface Connection {
  readonly client: AedesClient;
  /** Set by a successful sign-in. */
  account: Account | undefined;
  /** `unknown` until then. */
  accountKey: string;
  connect: ConnectPacket | undefined;
  readonly filters: Set<string>;
  /** Publishes handed on and not settled, and their bytes. */
  pendingCount: number;
  pendingBytes: number;
  /** Its provider's, once it has signed in. */
  share: ProviderShare;
  /** Key of `share`: provider id, or the account where there is no provider. */
  shareKey: string;
  /** Commands on their way to it by packet id, while its session is a clean one. */
  readonly sentCommands: Map<number, SentCommand>;
  /** Its socket is not read at the moment. */
  held: boolean;
  /** Was turned away: what else it sent is ignored. */
  refused: boolean;
  open: boolean;
  /** Called, once, when none of its publishes waits any more. */
  onSettled: (() => void) | undefined;
  /** Called when it signs in or closes: it is not half open any more. */
  signedIn: () => void;
}

/** All open connections, by client and by account, and which account a client id belongs to. */
export class Connections {
  /** Subscriptions of open connections. */
  readonly interest = new Interest();
  readonly #byClient = new WeakMap<Client, Connection>();
  readonly #byAccount = new Map<string, Set<Connection>>();
  readonly #all = new Set<Connection>();
  readonly #shares = new Map<string, ProviderShare>();
  readonly #clientIds = new Map<string, { owner: string; connections: number }>();
  #signedIn = 0;

  open(client: AedesClient): Connection {
    const connection: Connection = {
      client,
      account: undefined,
      accountKey: 'unknown',
      connect: undefined,
      filters: new Set(),
      pendingCount: 0,
      pendingBytes: 0,
      share: newShare(),
      shareKey: 'unknown',
      sentCommands: new Map(),
      held: false,
      refused: false,
      open: true,
      onSettled: undefined,
      signedIn: () => {},
    };
    this.#byClient.set(client, connection);
    this.#all.add(connection);
    client.conn.once('close', () => this.#closed(connection));
    return connection;
  }

  /** Also of a connection that has just closed: its will is judged then. */
  of(client: Client): Connection | undefined {
    return this.#byClient.get(client);
  }

  get signedInCount(): number {
    return this.#signedIn;
  }

  /** The account whose open connection uses this client id. */
  ownerOf(clientId: string): string | undefined {
    return this.#clientIds.get(clientId)?.owner;
  }

  signIn(connection: Connection, account: Account): void {
    connection.account = account;
    connection.signedIn();
    connection.accountKey = accountKey(account);
    this.#signedIn += 1;
    connection.shareKey = shareKeyOf(account);
    connection.share = this.#shares.get(connection.shareKey) ?? newShare();
    connection.share.connections += 1;
    this.#shares.set(connection.shareKey, connection.share);
    const peers = this.#byAccount.get(connection.accountKey);
    if (peers) peers.add(connection);
    else this.#byAccount.set(connection.accountKey, new Set([connection]));
    const claim = this.#clientIds.get(connection.client.id);
    if (claim) claim.connections += 1;
    else
      this.#clientIds.set(connection.client.id, { owner: connection.accountKey, connections: 1 });
  }

  addFilter(connection: Connection, filter: string): void {
    if (!connection.open || connection.filters.has(filter)) return;
    connection.filters.add(filter);
    this.interest.add(filter);
  }

  removeFilter(connection: Connection, filter: string): void {
    if (connection.filters.delete(filter)) this.interest.remove(filter);
  }

  /** Closes every connection of an account whose right to be here has ended. */
  closeAccount(account: Account): void {
    for (const { client } of this.#byAccount.get(accountKey(account)) ?? []) client.conn.destroy();
  }

  /** Also those that have not signed in, which Aedes does not know yet. */
  closeAll(): void {
    for (const { client } of this.#all) client.conn.destroy();
  }

  #closed(connection: Connection): void {
    connection.open = false;
    connection.signedIn();
    this.#all.delete(connection);
    for (const filter of connection.filters) this.interest.remove(filter);
    connection.filters.clear();
    connection.sentCommands.clear();
    if (!connection.account) return;
    this.#signedIn -= 1;
    connection.share.connections -= 1;
    if (connection.share.connections === 0) this.#shares.delete(connection.shareKey);
    const peers = this.#byAccount.get(connection.accountKey);
    peers?.delete(connection);
    if (peers?.size === 0) this.#byAccount.delete(connection.accountKey);
    const claim = this.#clientIds.get(connection.client.id);
    if (!claim) return;
    claim.connections -= 1;
    if (claim.connections === 0) this.#clientIds.delete(connection.client.id);
  }
}

const newShare = (): ProviderShare => ({ connections: 0, pendingCount: 0, pendingBytes: 0 });

function shareKeyOf(account: Account): string {
  if (account.kind === 'provider') return account.provider;
  if (account.kind === 'device') return account.device.slice(0, account.device.indexOf('/'));
  // An id of a provider has no colon.
  return `:${accountKey(account)}`;
}
