import type { Logger } from 'pino';
import { Counter, type Registry as MetricsRegistry } from 'prom-client';
import { type Command, type CommandState, commandStates } from '../../broker/contract/commands.ts';
import type { CommandChange, CommandsFile } from './commands-file.ts';
import { type CommandLimits, KeptCommands } from './kept-commands.ts';

/** What is kept, in memory and on disk, and who wants to hear of changes. */
export class CommandShelf {
  readonly kept: KeptCommands;
  readonly #file: CommandsFile;
  readonly #log: Logger;
  readonly #counted: (state: CommandState) => void;
  readonly #listeners = new Set<(command: Command) => void>();

  constructor(
    file: CommandsFile,
    limits: Partial<CommandLimits> | undefined,
    { metrics, log }: { metrics: MetricsRegistry; log: Logger },
  ) {
    this.kept = new KeptCommands(limits);
    this.#file = file;
    this.#log = log;
    this.#counted = countStates(metrics);
  }

  /** Resolves when it is on disk. @throws CommandsFull, CommandNotKept */
  async add(command: Command): Promise<void> {
    const release = this.kept.reserve(command.device);
    try {
      await this.#file.write({ put: command });
    } finally {
      release();
    }
    this.#put(command);
  }

  change(command: Command): void {
    this.#write({ put: command });
    this.#put(command);
  }

  onChange(listener: (command: Command) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #put(command: Command): void {
    for (const id of this.kept.put(command)) this.#write({ remove: id });
    this.#counted(command.state);
    for (const listener of this.#listeners) listener(command);
  }

  /** What this process knows stays true without the disk; after a restart the device would be asked again. */
  #write(change: CommandChange): void {
    this.#file
      .write(change)
      .catch((err: unknown) => this.#log.error({ err }, 'a command is not up to date on disk'));
  }
}

function countStates(metrics: MetricsRegistry): (state: CommandState) => void {
  const total = new Counter({
    name: 'commands_total',
    help: 'Commands to devices that came to a state',
    labelNames: ['state'],
    registers: [metrics],
  });
  for (const state of commandStates) total.inc({ state }, 0);
  return (state) => total.inc({ state });
}
