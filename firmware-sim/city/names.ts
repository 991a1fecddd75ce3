import type { Random } from '../random.ts';

/** Invented names. A city, river or district that really bears one of them is not meant. */
const rivers = ['Ersel', 'Lohra', 'Wemme', 'Tannach', 'Irsel', 'Aldra'];
const cityEndings = ['brück', 'furt', 'stadt', 'hausen', 'werd'];

const districtNames = [
  'Gerberwerd',
  'Hohenlauch',
  'Mühlgries',
  'Auenrain',
  'Kaltenloh',
  'Ostergarten',
  'Birkenschlag',
  'Lindhalde',
  'Ziegelgrund',
  'Wiesenstett',
  'Rabenbühl',
  'Nordweid',
  'Kornacker',
  'Seehalden',
];

const parkNames = [
  'Stadtgarten',
  'Auenpark',
  'Volkspark',
  'Schanzpark',
  'Kastanienhain',
  'Botanischer Garten',
  'Uferwiesen',
  'Waldpark',
  'Rosenhügel',
];

const streetStems = [
  'Ahorn',
  'Akazien',
  'Amsel',
  'Anger',
  'Apfel',
  'Auer',
  'Bäcker',
  'Birken',
  'Brunnen',
  'Buchen',
  'Distel',
  'Dohlen',
  'Drossel',
  'Eichen',
  'Erlen',
  'Eschen',
  'Falken',
  'Färber',
  'Felder',
  'Fichten',
  'Finken',
  'Fischer',
  'Flieder',
  'Garten',
  'Gerber',
  'Ginster',
  'Glocken',
  'Hafner',
  'Hasel',
  'Heide',
  'Himmel',
  'Holunder',
  'Hopfen',
  'Kamillen',
  'Kastanien',
  'Kiefern',
  'Kirsch',
  'Kloster',
  'Küfer',
  'Lerchen',
  'Linden',
  'Löwen',
  'Malven',
  'Meisen',
  'Mohn',
  'Mühlen',
  'Nelken',
  'Nuss',
  'Pappel',
  'Pfauen',
  'Quellen',
  'Reb',
  'Rosen',
  'Sattler',
  'Schiller',
  'Schlehen',
  'Schmied',
  'Schwalben',
  'Seiler',
  'Sonnen',
  'Sperber',
  'Tannen',
  'Töpfer',
  'Tulpen',
  'Ulmen',
  'Veilchen',
  'Wacholder',
  'Wagner',
  'Weber',
  'Weiden',
  'Wiesen',
  'Ziegel',
];
const streetEndings = ['straße', 'weg', 'gasse', 'steig', 'pfad'];
const mainStreetEndings = ['allee', 'damm'];

/** Names of one city, drawn without repetition as long as there are some left. */
export interface Names {
  city: string;
  river: string;
  district(): string;
  park(): string;
  street(): string;
  mainStreet(): string;
}

export function drawNames(random: Random): Names {
  const river = random.shuffled(rivers)[0] ?? 'Ersel';
  const ending = random.shuffled(cityEndings)[0] ?? 'brück';
  const withEndings = (endings: readonly string[]) =>
    streetStems.flatMap((stem) => endings.map((last) => stem + last));
  return {
    city: river + ending,
    river,
    district: dealer(random.shuffled(districtNames)),
    park: dealer(random.shuffled(parkNames)),
    street: dealer(random.shuffled(withEndings(streetEndings))),
    mainStreet: dealer(random.shuffled(withEndings(mainStreetEndings))),
  };
}

/** Deals names in order; the second round carries numbers, so that names stay distinct. */
function dealer(names: readonly string[]): () => string {
  let dealt = 0;
  return () => {
    const round = Math.floor(dealt / names.length);
    const name = names[dealt % names.length] ?? '';
    dealt += 1;
    return round === 0 ? name : `${name} ${round + 1}`;
  };
}
