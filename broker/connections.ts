import type { Client, ConnectPacket } from 'aedes';
import { accountKey } from './account.ts';
import type { AedesClient } from './aedes-internals.ts';
import type { Account } from './contract/access.ts';
import type { HalfOpen } from './half-open.ts';
import { addressOf } from './sign-in-attempts.ts';
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

/** Of connections that have not signed in, and so have nothing waiting. */
const nobodysShare = newShare();
/** Most connections never subscribe to much: what is empty is one and the same. */
const noFilters: ReadonlySet<string> = new Set();

/**
 * What the broker knows of one open connection beside what Aedes knows. There are very many of these: what most of
 * them do not need is made when it is needed.
 */
export class Connection {
  readonly client: AedesClient;
  /** Behind a proxy all clients over WebSocket have its address. */
  readonly address: string;
  /** Set by a successful sign-in. */
  account: Account | undefined = undefined;
  /** `unknown` until then. */
  accountKey = 'unknown';
  /** The CONNECT, until it has been answered. */
  connect: ConnectPacket | undefined = undefined;
  filters = noFilters;
  /** Publishes handed on and not settled, and their bytes. */
  pendingCount = 0;
  pendingBytes = 0;
  /** Its provider's, once it has signed in. */
  share = nobodysShare;
  /** Key of `share`: provider id, or the account where there is no provider. */
  shareKey = 'unknown';
  /** Commands on their way to it by packet id, while its session is a clean one. */
  sentCommands: Map<number, SentCommand> | undefined = undefined;
  /** Its socket is not read at the moment. */
  held = false;
  /** Was turned away: what else it sent is ignored. */
  refused = false;
  open = true;
  /** Called, once, when none of its publishes waits any more. */
  onSettled: (() => void) | undefined = undefined;

  constructor(client: AedesClient) {
    this.client = client;
    this.address = addressOf(client);
  }
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
  readonly #halfOpen: Pick<HalfOpen<Connection>, 'add' | 'remove'>;
  #signedIn = 0;

  constructor(halfOpen: Pick<HalfOpen<Connection>, 'add' | 'remove'>) {
    this.#halfOpen = halfOpen;
  }

  open(client: AedesClient): Connection {
    const connection = new Connection(client);
    this.#byClient.set(client, connection);
    this.#all.add(connection);
    this.#halfOpen.add(connection);
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
    this.#halfOpen.remove(connection);
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
    connection.filters = new Set(connection.filters).add(filter);
    this.interest.add(filter);
  }

  removeFilter(connection: Connection, filter: string): void {
    if (!connection.filters.has(filter)) return;
    const rest = new Set(connection.filters);
    rest.delete(filter);
    connection.filters = rest.size > 0 ? rest : noFilters;
    this.interest.remove(filter);
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
    this.#halfOpen.remove(connection);
    this.#all.delete(connection);
    for (const filter of connection.filters) this.interest.remove(filter);
    connection.filters = noFilters;
    connection.sentCommands = undefined;
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

function newShare(): ProviderShare {
  return { connections: 0, pendingCount: 0, pendingBytes: 0 };
}

function shareKeyOf(account: Account): string {
  if (account.kind === 'provider') return account.provider;
  if (account.kind === 'device') return account.device.slice(0, account.device.indexOf('/'));
  // An id of a provider has no colon.
  return `:${accountKey(account)}`;
}
