/** Romanian words for what went wrong. */
import type { Catalogue } from './en.ts';
import { pluralIn } from './plural.ts';

const plural = pluralIn('ro-RO');
const bound = (words: string) => plural({ one: words, other: words });

export const problems: Catalogue['problems'] = {
  requestId: 'Codul cererii',
  unreachable: {
    title: 'Serverul nu răspunde',
    kept: 'Nimic din ce ați scris aici nu se pierde.',
    help: 'Verificați rețeaua, apoi încercați din nou.',
  },
  signedOut: {
    title: 'Nu mai sunteți în cont',
    kept: 'Ce ați lucrat este salvat.',
    help: 'Intrați în cont și continuați de unde ați rămas.',
  },
  signInRefused: {
    title: 'E-mailul sau parola este greșită',
    kept: '',
    help: 'Verificați-le și încercați din nou.',
  },
  forbidden: {
    title: 'Rolul dumneavoastră nu permite acest lucru',
    kept: 'Nu s-a schimbat nimic.',
    help: 'Cereți-l unui proprietar al magazinului.',
  },
  notFound: {
    title: 'Nu se găsește aici',
    kept: 'Poate a fost șters sau aparține altui magazin.',
    help: 'Verificați adresa sau reveniți la listă.',
  },
  conflict: {
    title: 'S-a schimbat între timp',
    kept: 'Nu ați schimbat nimic.',
    help: 'Uitați-vă la starea de acum și hotărâți din nou.',
  },
  exists: {
    title: 'Există deja',
    kept: 'Nu s-a schimbat nimic.',
    help: 'Folosiți ce există sau alegeți alt nume.',
  },
  invalid: {
    title: 'Ceva nu este corect',
    kept: 'Nu s-a schimbat nimic.',
    help: 'Corectați ce este numit și trimiteți din nou.',
  },
  short: {
    title: 'Nu este destul stoc',
    kept: 'Nu s-a luat nimic.',
    help: 'Micșorați cantitatea la cât este disponibil.',
    line: (sku, asked, available) => `${sku}: cerut ${asked}, disponibil ${available}`,
  },
  busy: {
    title: 'Serverul este ocupat',
    kept: 'Nu s-a schimbat nimic.',
    help: 'Așteptați câteva secunde și încercați din nou.',
  },
  diskFull: {
    title: 'Discul serverului este plin',
    kept: 'Nu s-a schimbat nimic. Ce există se poate citi.',
    help: 'Anunțați persoana care administrează serverul; încercați din nou când există spațiu.',
  },
  secretShown: {
    title: 'Cheia a fost creată, dar se arată o singură dată',
    kept: 'Cheia este în listă.',
    help: 'Revocați-o și creați alta.',
  },
  setupUsed: {
    title: 'Linkul nu mai este valabil',
    kept: 'A fost folosit sau înlocuit cu unul mai nou.',
    help: 'Luați cel mai nou link afișat de server sau intrați în cont.',
  },
  listMoved: {
    title: 'Lista s-a schimbat între timp',
    kept: 'Nu s-a schimbat nimic.',
    help: 'Încărcați-o din nou de la început.',
  },
  lastOwner: {
    title: 'Magazinul ar rămâne fără proprietar',
    kept: 'Nu s-a schimbat nimic.',
    help: 'Faceți întâi proprietar pe altcineva.',
  },
  passwordRefused: {
    title: 'Nu aceasta este parola dumneavoastră de acum',
    kept: 'Nu s-a schimbat nimic.',
    help: 'Scrieți parola cu care intrați acum în cont.',
  },
  codeRefused: {
    title: 'Codul este greșit, folosit sau expirat',
    kept: '',
    help: 'Așteptați următorul cod din aplicație sau folosiți un cod de rezervă.',
  },
  tooLarge: {
    title: 'Este prea mult deodată',
    kept: 'Nu s-a schimbat nimic.',
    help: 'Trimiteți mai puțin sau pe părți.',
  },
  detail: 'Serverul spune',
  ours: {
    title: 'Ceva nu a mers din partea noastră',
    kept: 'Ce vedeți rămâne așa cum este.',
    help: 'Încercați din nou. Dacă se repetă, dați codul cererii celui care se ocupă de server.',
  },
  page: {
    title: 'Pagina nu poate fi arătată',
    help: 'Reîncărcați-o. Dacă se repetă, spuneți celui care se ocupă de server.',
  },
  noPage: {
    title: 'Nu există o astfel de pagină',
    help: 'Poate adresa este scrisă greșit.',
    action: 'Mergi la Astăzi',
  },
};

export const fieldRules: Catalogue['fieldRules'] = {
  required: () => 'lipsește',
  unknown: () => 'nu este cunoscut aici',
  once: () => 'poate fi dat o singură dată',
  format: () => 'nu are forma așteptată',
  choice: () => 'nu este una dintre valorile posibile',
  too_small: bound('trebuie să fie cel puțin #'),
  too_big: bound('trebuie să fie cel mult #'),
  too_short: plural({
    one: 'trebuie să aibă minimum # caracter',
    few: 'trebuie să aibă minimum # caractere',
    other: 'trebuie să aibă minimum # de caractere',
  }),
  too_long: plural({
    one: 'trebuie să aibă maximum # caracter',
    few: 'trebuie să aibă maximum # caractere',
    other: 'trebuie să aibă maximum # de caractere',
  }),
  too_few: plural({
    one: 'trebuie să aibă minimum # element',
    few: 'trebuie să aibă minimum # elemente',
    other: 'trebuie să aibă minimum # de elemente',
  }),
  too_many: plural({
    one: 'trebuie să aibă maximum # element',
    few: 'trebuie să aibă maximum # elemente',
    other: 'trebuie să aibă maximum # de elemente',
  }),
};

export const fields: Catalogue['fields'] = {
  name: 'Nume',
  email: 'E-mail',
  password: 'Parola',
  username: 'Utilizator',
  baseUrl: 'Adresa',
  quantity: 'Bucăți',
  reason: 'Motivul',
  sku: 'SKU',
  barcode: 'EAN',
  priceMinor: 'Preț',
  costMinor: 'Cost',
  tenantName: 'Numele magazinului',
  search: 'Căutarea',
  scopes: 'Ce are voie',
  expiresAt: 'Se încheie',
};
