import { useText } from '../../i18n/locale.tsx';
import classes from './door.module.css';
import { passwordStrength } from './password-strength.ts';

/** How hard the password typed so far is to guess, as bar and word. */
export function StrengthMeter({ password, known }: { password: string; known: readonly string[] }) {
  const { join } = useText();
  if (password === '') return null;
  const strength = passwordStrength(password, known);
  return (
    <div className={classes.strength} data-strength={strength} role="status">
      <span className={classes.strengthBars} aria-hidden>
        {[1, 2, 3, 4].map((step) => (
          <span key={step} data-on={step <= strength || undefined} />
        ))}
      </span>
      <span className="visually-hidden">{join.strength}: </span>
      {join.strengths[strength]}
    </div>
  );
}
