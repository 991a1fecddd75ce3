import { loadEnvFile, runProcess } from './run-process.ts';

/** `npm start [-- broker|ingest|dashboard …] [--check]` */
loadEnvFile();
void runProcess({ args: process.argv.slice(2), source: process.env });
