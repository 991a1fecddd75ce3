import type { Client, ConnectPacket } from 'aedes';
import { accountKey } from './account.ts';
import type { AedesClient } from './aedes-internals.ts';
import type { Account } from './contract/access.ts';
import { Interest } from './topic-filter.ts';

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
  /** Its socket is not read at the moment. */
  held: boolean;
  /** Was turned away: what else it sent is ignored. */
  refused: boolean;
  open: boolean;
}

/** All open connections, by client and by account, and which account a client id belongs to. */
export class Connections {
  /** Subscriptions of open connections. */
  readonly interest = new Interest();
  readonly #byClient = new WeakMap<Client, Connection>();
  readonly #byAccount = new Map<string, Set<Connection>>();
  readonly #all = new Set<Connection>();
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
      held: false,
      refused: false,
      open: true,
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
    connection.accountKey = accountKey(account);
    this.#signedIn += 1;
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
    this.#all.delete(connection);
    for (const filter of connection.filters) this.interest.remove(filter);
    connection.filters.clear();
    if (!connection.account) return;
    this.#signedIn -= 1;
    const peers = this.#byAccount.get(connection.accountKey);
    peers?.delete(connection);
    if (peers?.size === 0) this.#byAccount.delete(connection.accountKey);
    const claim = this.#clientIds.get(connection.client.id);
    if (!claim) return;
    claim.connections -= 1;
    if (claim.connections === 0) this.#clientIds.delete(connection.client.id);
  }
}
