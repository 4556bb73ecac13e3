/** A phrase per plural form; `#` stands for the number. Romanian says "2 comenzi" but "20 de comenzi", hence `few`. */
interface Forms {
  one: string;
  few?: string;
  other: string;
}

/** A function that puts a count into words by the language's own rules. */
export function pluralIn(tag: string): (forms: Forms) => (count: number) => string {
  const rules = new Intl.PluralRules(tag);
  const number = new Intl.NumberFormat(tag);
  return (forms) => (count) => {
    const form = rules.select(count);
    const phrase = form === 'one' ? forms.one : form === 'few' ? (forms.few ?? forms.other) : forms.other;
    return phrase.replace('#', number.format(count));
  };
}
