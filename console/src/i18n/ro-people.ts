/** Romanian words about people, their accounts, the shop's settings and the audit log. */
import type { Catalogue } from './en.ts';
import { pluralIn } from './plural.ts';

const plural = pluralIn('ro-RO');

export const people: Catalogue['people'] = {
  title: 'Persoane',
  lead: 'Cine lucrează în acest magazin și ce poate face fiecare.',
  you: 'Dumneavoastră',
  roleOf: (name) => `Rolul pentru ${name}`,
  roleHelp: {
    owner: 'Poate orice, și cu persoanele, cheile și magazinul însuși',
    manager: 'Poate orice în afară de a crea chei și a schimba magazinul',
    agent: 'Lucrează cu comenzi, stoc și activități',
    viewer: 'Vede, nu schimbă nimic',
  },
  roleChanged: (name, role) => `${name} are acum rolul ${role}`,
  remove: 'Elimină',
  removeTitle: (name) => `Elimină pe ${name}`,
  removeWhat: (name) =>
    `${name} nu mai are acces la acest magazin în cinci secunde, pe niciun dispozitiv. Ce a făcut rămâne în jurnal. Pentru a reveni are nevoie de o invitație nouă.`,
  removed: (name) => `${name} nu mai face parte din magazin`,
  lastOwner: 'Un magazin are nevoie de un proprietar. Numiți mai întâi alt proprietar.',
  invite: 'Invită pe cineva',
  inviteEmail: 'E-mail',
  inviteRole: 'Rol',
  inviteSubmit: 'Creează linkul',
  inviteReady: 'Linkul este gata',
  inviteSend: (email) =>
    `Trimiteți dumneavoastră acest link la ${email}. Se arată doar acum și funcționează o singură dată.`,
  inviteUntil: (date) => `Funcționează până la ${date}.`,
  copyLink: 'Copiază linkul',
  invitations: 'Invitații deschise',
  invitedBy: 'Invitat de',
  expires: 'Se încheie',
  expired: 'Încheiată',
  renew: 'Link nou',
  revoke: 'Revocă',
  revoked: (email) => `Invitația pentru ${email} este revocată`,
  alreadyMember: 'Această persoană este deja în magazin.',
};

export const join: Catalogue['join'] = {
  title: (tenant) => `Intrați în ${tenant}`,
  checking: 'Se verifică invitația',
  lead: (role, email) => `Sunteți invitat cu rolul ${role}. E-mailul dumneavoastră este ${email}.`,
  name: 'Numele dumneavoastră',
  password: 'Parola',
  newPassword: 'Alegeți o parolă',
  strength: 'Tărie',
  strengths: ['Prea scurtă', 'Slabă', 'Acceptabilă', 'Bună', 'Puternică'],
  strengthHint:
    'Cel puțin 10 caractere. Câteva cuvinte fără legătură se țin minte ușor și se ghicesc greu.',
  existing: 'Aveți deja un cont aici. Scrieți parola lui pentru a intra.',
  submit: (tenant) => `Intră în ${tenant}`,
  invalid: {
    title: 'Această invitație nu funcționează',
    help: 'A fost folosită, s-a încheiat sau a fost retrasă. Cereți un link nou celui care v-a invitat.',
  },
  toSignIn: 'Mergi la intrarea în cont',
};

export const twoFactorSignIn: Catalogue['twoFactorSignIn'] = {
  title: 'Scrieți codul',
  lead: 'Deschideți aplicația de autentificare și scrieți cele șase cifre pe care le arată.',
  code: 'Cod',
  submit: 'Intră în cont',
  useRecovery: 'Folosește un cod de recuperare',
  recoveryLead: 'Scrieți unul dintre codurile păstrate la activare. Fiecare funcționează o singură dată.',
  recoveryCode: 'Cod de recuperare',
  useApp: 'Folosește aplicația de autentificare',
  again: 'Ia-o de la început',
  wrong: { title: 'Codul nu este corect', help: 'Așteptați următorul cod și încercați din nou.' },
};

export const account: Catalogue['account'] = {
  title: 'Cont',
  profile: 'Profil',
  name: 'Nume',
  email: 'E-mail',
  nameSaved: 'Numele este salvat',
  password: 'Parolă',
  passwordLead: 'Schimbarea ei vă scoate din cont în toate celelalte locuri.',
  currentPassword: 'Parola de acum',
  newPassword: 'Parola nouă',
  changePassword: 'Schimbă parola',
  passwordChanged: 'Parola este schimbată. Celelalte dispozitive au fost scoase din cont.',
  sessions: 'Unde sunteți în cont',
  device: 'Dispozitiv',
  address: 'Adresă',
  lastSeen: 'Văzut ultima dată',
  signedIn: 'Intrat în cont',
  thisOne: 'Acesta',
  unknownDevice: 'Dispozitiv necunoscut',
  end: 'Scoate din cont',
  ended: 'Acel dispozitiv a fost scos din cont',
  endOthers: 'Ieșire din cont în rest',
  othersEnded: 'Ați ieșit din cont în toate celelalte locuri',
  noOthers: 'Sunteți în cont doar aici.',
  twoFactor: 'Intrare în doi pași',
  twoFactorOff:
    'Oprită. Cu ea parola singură nu ajunge: la intrare se cere și un cod dintr-o aplicație de pe telefon.',
  twoFactorOn: 'Pornită. La intrare se cere un cod din aplicația de autentificare.',
  setUp: 'Activează',
  setUpTitle: 'Activarea intrării în doi pași',
  askPassword: 'Scrieți parola pentru a continua.',
  goOn: 'Continuă',
  scan: 'Scanați cu aplicația de autentificare, de pildă Aegis, Google Authenticator sau 1Password.',
  qrLabel: 'Cod QR cu secretul pentru aplicația de autentificare',
  byHand: 'Sau scrieți această cheie de mână:',
  code: 'Codul din aplicație',
  confirm: 'Pornește',
  recovery: 'Păstrați codurile de recuperare',
  recoveryLead:
    'Dacă pierdeți telefonul, unul dintre ele vă lasă să intrați. Fiecare funcționează o dată. Se arată doar acum.',
  copyCodes: 'Copiază tot',
  downloadCodes: 'Descarcă',
  codesKept: 'Le-am păstrat',
  turnedOn: 'Intrarea în doi pași este pornită',
  turnOff: 'Oprește',
  turnOffTitle: 'Oprirea intrării în doi pași',
  turnOffWhat: 'Parola singură va fi destul pentru intrare. Codurile de recuperare nu mai funcționează.',
  turnedOff: 'Intrarea în doi pași este oprită',
  codesFile: 'tradepost-coduri-de-recuperare.txt',
};

export const shop: Catalogue['shop'] = {
  title: 'Magazin',
  lead: 'Valabil pentru toți cei din acest magazin.',
  name: 'Numele magazinului',
  timeZone: 'Fus orar',
  timeZoneHelp: 'Zilele din rapoarte și programări încep la miezul nopții de acolo.',
  currency: 'Monedă',
  currencyHelp: 'Propusă pentru produse noi.',
  locale: 'Limbă',
  localeHelp: 'Pentru ce trimite magazinul. Fiecare își alege limba ecranului.',
  saved: 'Magazinul este salvat',
};

export const keyWords: Catalogue['keyWords'] = {
  rename: 'Redenumește',
  renamed: (name) => `Se numește acum ${name}`,
  actions: (name) => `Acțiuni pentru ${name}`,
};

export const audit: Catalogue['audit'] = {
  title: 'Jurnal',
  lead: 'Cine a schimbat ce și când. Nimeni nu poate schimba sau șterge aceste rânduri.',
  search: 'Căutați în ce s-a schimbat',
  who: 'Cine',
  what: 'Ce',
  when: 'Când',
  action: 'Schimbare',
  days: { today: 'Astăzi', week: 'Ultimele 7 zile', month: 'Ultimele 30 de zile', year: 'Ultimul an' },
  export: 'Exportă CSV',
  before: 'Înainte',
  after: 'După',
  field: 'Câmp',
  request: 'Cerere',
  open: 'Deschide',
  details: 'Arată detalii',
  nothing: 'gol',
  system: 'Sistemul',
  empty: { title: 'Încă nimic', help: 'Aici apare fiecare schimbare făcută de persoane și programe.' },
  noMatch: {
    title: 'Nimic nu se potrivește',
    help: 'Încercați mai puține filtre sau un timp mai lung.',
  },
  changedFields: plural({ one: '# câmp', few: '# câmpuri', other: '# de câmpuri' }),
};
