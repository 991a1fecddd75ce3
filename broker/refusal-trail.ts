import type { Account } from './contract/access.ts';
import { diagnosticsLimits, type Refusal, type RefusalTrail } from './contract/diagnostics.ts';
import { deviceKey, isId, providerOf } from './contract/ids.ts';
import type { Registry } from './contract/registry.ts';
import type { RefusalReason } from './contract/rejection.ts';
import { parseTopic } from './contract/topics.ts';

/** Who was turned away, as far as that is known. */
export interface Attempt {
  /** The account of a connection that has signed in. */
  account?: Account | undefined;
  /** The name that a CONNECT claims. */
  username?: string | undefined;
  clientId?: string | undefined;
  topic?: string | undefined;
  address: string;
}

/** Keeps the latest refusals of each provider and device, for their makers. */
export interface KeptTrail extends RefusalTrail {
  note(reason: RefusalReason, attempt: Attempt): void;
}

const topicCharsMax = 200;
const clientIdCharsMax = 128;

/**
 * A trail in memory. People type tokens into name fields and client ids: a name is kept only where it is one that
 * exists, a client id only of who has signed in.
 */
export function createRefusalTrail(deps: {
  registry: Pick<Registry, 'provider' | 'device'>;
  clock: () => number;
}): KeptTrail {
  const bySubject = new Map<string, Refusal[]>();
  const { refusalSubjectsMax, refusalsPerSubjectMax } = diagnosticsLimits;

  function listOf(subject: string): Refusal[] {
    const known = bySubject.get(subject) ?? [];
    // Re-inserted, so that the map stays in the order of the latest refusals.
    bySubject.delete(subject);
    if (bySubject.size >= refusalSubjectsMax) dropOldest(bySubject);
    bySubject.set(subject, known);
    return known;
  }

  return {
    note(reason, attempt) {
      const who = whoIs(deps.registry, attempt);
      if (!who) return;
      const now = deps.clock();
      const topic = attempt.topic === undefined ? undefined : flat(attempt.topic, topicCharsMax);
      const { address } = attempt;
      const list = listOf(who.subject);
      const same = list.find(
        (one) =>
          one.reason === reason &&
          one.user === who.user &&
          one.topic === topic &&
          one.address === address,
      );
      if (same) {
        same.count += 1;
        same.lastAt = now;
        list.splice(list.indexOf(same), 1);
        list.unshift(same);
        return;
      }
      const clientId = attempt.account && attempt.clientId;
      list.unshift({
        reason,
        user: who.user,
        ...(topic === undefined ? {} : { topic }),
        ...(clientId ? { clientId: flat(clientId, clientIdCharsMax) } : {}),
        address,
        firstAt: now,
        lastAt: now,
        count: 1,
      });
      if (list.length > refusalsPerSubjectMax) list.pop();
    },
    of: (subject) => (bySubject.get(subject) ?? []).map((refusal) => ({ ...refusal })),
  };
}

/** Whom a refusal concerns, and the name to show; undefined when that is nobody who exists. */
function whoIs(
  registry: Pick<Registry, 'provider' | 'device'>,
  { account, username, topic }: Attempt,
): { subject: string; user: string } | undefined {
  if (account?.kind === 'device') return { subject: account.device, user: account.device };
  if (account?.kind === 'provider') {
    const { provider } = account;
    const device = topic === undefined ? undefined : parseTopic(topic)?.device;
    const isOwn = device !== undefined && providerOf(device) === provider;
    return { subject: isOwn ? device : provider, user: provider };
  }
  if (account || username === undefined) return undefined;
  const slash = username.indexOf('/');
  const provider = slash < 0 ? username : username.slice(0, slash);
  if (!isId(provider) || !registry.provider(provider)) return undefined;
  if (slash < 0) return { subject: provider, user: provider };
  const device = username.slice(slash + 1);
  const key = deviceKey(provider, device);
  if (isId(device) && registry.device(key)) return { subject: key, user: key };
  return { subject: provider, user: `${provider}/?` };
}

/** A copy of its own: a slice would hold the packet's whole text. */
function flat(text: string, charsMax: number): string {
  return text.length <= charsMax ? text : Buffer.from(text.slice(0, charsMax)).toString();
}

function dropOldest(map: Map<string, unknown>): void {
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
