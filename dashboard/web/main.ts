import './styles/tokens.css';
import './styles/base.css';
import './styles/print.css';
import { mount } from 'svelte';
import Page from './App.svelte';
import { chooseLanguage } from './messages/catalogue.ts';
import { App } from './state/app.svelte.ts';
import { LanguageState } from './state/language.svelte.ts';
import { createPreferences } from './state/preferences.ts';
import { parseView } from './state/view.ts';
import { keepShell } from './worker/register.ts';

/** The page's composition root: the one place where its clock and its chance are made. */
async function start(): Promise<void> {
  const target = document.getElementById('app');
  if (!target) throw new Error('index.html has no #app');
  const preferences = createPreferences();
  const { lang } = parseView(location);
  const wanted = [lang, preferences.get('language'), ...navigator.languages];
  const language = await LanguageState.load(preferences, chooseLanguage(wanted));
  const app = new App({ clock: Date.now, random: Math.random, preferences, language });
  mount(Page, { target, props: { app } });
  keepShell();
  await app.load();
}

void start();
