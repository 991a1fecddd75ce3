import { join } from 'node:path';
import { startAlarms } from '../ingest/alarms/alarms.ts';
import { createCollections } from '../ingest/collections/collections.ts';
import { createCommands } from '../ingest/commands/commands.ts';
import { createNotifications } from '../ingest/notifications/notifications.ts';
import type { Assembly } from './assembly.ts';
import { type Part, StartFailure } from './lifecycle.ts';

/** Where the API is: the live feed is there in both topologies, and operators work with the alarms. */
export function alarmsPart(assembly: Assembly): Part {
  const { env, log, clock } = assembly.options;
  return {
    name: 'alarms',
    async start() {
      const { ingest, feed, registry, metrics } = assembly;
      if (!feed) throw new StartFailure('alarms lack their live feed');
      const alarms = await startAlarms(
        { path: join(env.process.DATA_DIR, 'alarms') },
        {
          registry,
          feed,
          store: ingest?.reads ?? assembly.store,
          metrics,
          clock,
          log: log.child({ service: 'alarms' }),
        },
      );
      assembly.alarms = alarms;
      return () => alarms.stop();
    },
  };
}

/** After the alarms, which they tell of; stopped before them. */
export function notificationsPart(assembly: Assembly): Part {
  const { env, log, clock } = assembly.options;
  const { SMTP_URL: url, SMTP_FROM: from } = env.notifications;
  return {
    name: 'notifications',
    async start() {
      const { alarms, metrics } = assembly;
      if (!alarms) throw new StartFailure('notifications lack their alarms');
      const notifications = createNotifications(
        {
          path: join(env.process.DATA_DIR, 'notifications'),
          publicUrl: env.api.PUBLIC_URL,
          ...(url && from ? { mail: { url, from, timeZone: env.api.TIME_ZONE } } : {}),
        },
        { alarms, metrics, clock, log: log.child({ service: 'notifications' }) },
      );
      assembly.notifications = notifications;
      return () => notifications.stop();
    },
  };
}

/** The process with the API keeps them; it hears devices by the feed, wherever ingest and broker run. */
export function commandsPart(assembly: Assembly): Part {
  const { env, log, clock } = assembly.options;
  return {
    name: 'commands',
    async start() {
      const { feed, publish, registry, metrics, broker } = assembly;
      if (!feed || !publish) throw new StartFailure('commands lack their way to devices');
      const path = join(env.process.DATA_DIR, 'commands');
      const commands = createCommands({ path }, { publish, feed, registry, metrics, clock, log });
      assembly.commands = commands;
      const stopListening = broker?.listenToCommands({
        onDelivered: commands.noteDelivered,
        onSubscribed: commands.noteSubscribed,
      });
      return () => {
        stopListening?.();
        return commands.stop();
      };
    },
  };
}

/** What crews found at containers: the process with the API is the one that writes it. */
export function collectionsPart(assembly: Assembly): Part {
  const { env } = assembly.options;
  return {
    name: 'collections',
    async start() {
      const collections = createCollections({ path: join(env.process.DATA_DIR, 'collections') });
      assembly.collections = collections;
      return () => collections.close();
    },
  };
}
