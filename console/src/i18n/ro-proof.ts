/** Romanian words of the page that proves the stock. */
import type { Catalogue } from './en.ts';
import { pluralIn } from './plural.ts';

const plural = pluralIn('ro-RO');

export const proof: Catalogue['proof'] = {
  title: 'Dovadă',
  heading: 'Dovada stocului',

  sell: 'Nimic nu se vinde de două ori',
  sellLead:
    'O încercare chiar pe această bază de date, în cele mai grele condiții ale unei vânzări: cumpărători din mai multe procese vor mai mult decât este, cu coșuri care se încrucișează și cereri repetate, renunță sau lasă să treacă termenul, iar procese sunt oprite brusc la mijloc. Apoi se deschid registrele. Totul are loc într-un magazin făcut pentru asta, care este șters la sfârșit: stocul, comenzile și marketplace-urile dumneavoastră nu sunt atinse.',
  buyers: 'Cumpărători',
  pieces: 'Bucăți',
  piecesHelp: 'Din douăzeci de articole',
  processes: 'Procese',
  processesHelp: 'Toate în afară de unul sunt oprite brusc',
  run: 'Pornește dovada',
  ownersOnly: 'O poate porni un proprietar.',
  load: 'Cât rulează, alte lucrări pot dura puțin mai mult.',
  never: {
    title: 'Încă nu s-a dovedit aici',
    help: 'Durează câteva secunde. Ce s-a verificat, cu ce rezultat și cât de repede rămâne aici.',
  },
  holds: 'Rezistă',
  breached: 'Nu rezistă',
  holdsWords: (buyers, pieces) =>
    `${buyers} au vrut ${pieces} în coșuri care se încrucișează. Niciuna nu a fost vândută sau reținută de două ori.`,
  breachedWords:
    'Mai jos este ce s-a încălcat. Opriți vânzarea până se înțelege de ce și trimiteți raportul activității celui care administrează serverul.',
  buyersCount: plural({ one: 'un cumpărător', few: '# cumpărători', other: '# de cumpărători' }),
  piecesCount: plural({ one: 'o bucată', few: '# bucăți', other: '# de bucăți' }),
  perSecond: 'Cereri pe secundă',
  took: (duration) => `în ${duration}`,
  reserved: 'Și-au primit coșul',
  refused: (count) => `pentru ${count} nu a ajuns`,
  ended: 'Au cumpărat',
  endedNote: (released, expired) => `${released} au renunțat · ${expired} prea târziu`,
  repeated: 'Trimise din nou',
  killed: plural({
    one: 'un proces oprit brusc',
    few: '# procese oprite brusc',
    other: '# de procese oprite brusc',
  }),
  checked: 'Ce s-a verificat',
  checks: (count) => `${count} verificate`,
  report: 'Raportul activității',
  more: (count) => `Primele ${count} locuri`,
  rules: {
    never_oversold: 'Nu se vinde și nu se reține mai mult decât a fost',
    all_answered: 'Fiecare cumpărător primește răspuns, și numai „da” sau „nu ajunge”',
    kept_as_told: 'Ce i s-a spus cumpărătorului este ce s-a păstrat',
    once_per_key: 'O cerere are un singur efect, oricât de des ar fi trimisă',
    within_bounds: 'Nicio cifră nu este sub zero și nu se rezervă mai mult decât este',
    reserved_is_held: 'Ce este rezervat este suma rezervărilor în curs',
    ledger_adds_up: 'Mișcările însumate dau ce este în stoc',
    announced_once: 'Fiecare schimbare a fost anunțată o dată și este în istoric',
  },
  earlier: 'Dovezi până acum',
  when: 'Când',
  result: 'Rezultat',

  books: 'Registrele se potrivesc',
  booksLead:
    'O dată pe zi, fiecare cifră este calculată din nou: ce este în stoc din toate mișcările făcute vreodată, ce este rezervat din rezervările în curs și fiecare sold din cel dinaintea lui.',
  check: 'Verifică acum',
  notChecked: {
    title: 'Încă nu s-a verificat',
    help: 'Prima verificare vine de la sine în cel mult o zi.',
  },
  clean: 'Totul se potrivește. Nu este nimic de reparat.',
  checkedAt: 'Verificat',
  scope: (levels, movements) => `${levels} · ${movements}`,
  levels: plural({ one: 'un nivel', few: '# niveluri', other: '# de niveluri' }),
  movements: plural({ one: 'o mișcare', few: '# mișcări', other: '# de mișcări' }),
  drifts: plural({
    one: 'O cifră nu se potrivește',
    few: '# cifre nu se potrivesc',
    other: '# de cifre nu se potrivesc',
  }),
  driftsHelp:
    'Cifra pe care au văzut-o oamenii este luată drept adevărată. O reparare nu schimbă nimic din trecut: este o mișcare de sine stătătoare, pe numele dumneavoastră. Dacă raftul spune altceva, numărați după aceea.',
  item: 'Articol',
  location: 'Locație',
  found: 'Găsit',
  what: 'Ce nu se potrivește',
  kinds: {
    on_hand: (actual, expected) => `${actual} în stoc, dar mișcările însumate dau ${expected}`,
    reserved: (actual, expected) => `${actual} rezervate, dar rezervările în curs rețin ${expected}`,
    chain: (actual, expected) =>
      `O mișcare se încheie la ${actual}, deși din cea dinainte rezultă ${expected}`,
  },
  remedy: 'Ce face repararea',
  remedies: {
    on_hand: (by, actual) => `O mișcare de ${by}; în stoc rămân ${actual}`,
    reserved: (expected) => `Rezervate devin ${expected}`,
    chain: 'O mișcare de 0 marchează locul; stocul rămâne cum este',
  },
  repair: 'Repară',
  repairOf: (sku) => `Repară ${sku}`,
  repairAll: plural({ one: 'Repară o cifră', few: 'Repară # cifre', other: 'Repară # de cifre' }),
  repaired: plural({
    one: 'O cifră este reparată',
    few: '# cifre sunt reparate',
    other: '# de cifre sunt reparate',
  }),
  gone: plural({
    one: 'una se potrivea deja',
    few: '# se potriveau deja',
    other: '# se potriveau deja',
  }),
  aboveOnHand: plural({
    one: 'Una rămâne: s-a promis mai mult decât este. Numărați întâi articolul; numărarea eliberează ce nu se poate ține.',
    few: '# rămân: s-a promis mai mult decât este. Numărați întâi articolele; numărarea eliberează ce nu se poate ține.',
    other:
      '# rămân: s-a promis mai mult decât este. Numărați întâi articolele; numărarea eliberează ce nu se poate ține.',
  }),
  repairs: 'Reparări până acum',
  repairedAt: 'Reparat',
  by: 'De',
  bySystem: 'Tradepost',
};
