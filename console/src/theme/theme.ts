/**
 * The one place where colours, sizes and radii are decided. Everything else names a token:
 * Mantine's own variables, or the `--tp-*` ones below. Text colours hold 4.5:1 on every surface they are used on,
 * in both schemes; icons and input borders hold 3:1.
 */
import {
  type CSSVariablesResolver,
  createTheme,
  defaultVariantColorsResolver,
  type MantineColorsTuple,
  type VariantColorsResolver,
} from '@mantine/core';

/** Petrol: the one accent. */
const accent: MantineColorsTuple = [
  '#e6f3f6',
  '#cde7ed',
  '#9fd2de',
  '#6cc5d8',
  '#3fa9c0',
  '#1d8ea7',
  '#0f7690',
  '#0b6378',
  '#094f60',
  '#073b48',
];

const gray: MantineColorsTuple = [
  '#f7f7f6',
  '#f1f2f1',
  '#e4e5e4',
  '#d6d9d8',
  '#c3c8c8',
  '#a3aaaa',
  '#7d8587',
  '#5a6163',
  '#3b4042',
  '#1c1f20',
];

const dark: MantineColorsTuple = [
  '#e6e8e8',
  '#c6cbcc',
  '#a0a8aa',
  '#6d7678',
  '#3a4143',
  '#2b3133',
  '#1f2426',
  '#171a1b',
  '#101213',
  '#0b0c0d',
];

/** Semantic colours in pairs: a text or icon colour, and the soft ground it may stand on. */
const lightTokens = {
  '--tp-canvas': '#f6f7f6',
  '--tp-surface': '#ffffff',
  '--tp-raised': '#ffffff',
  '--tp-hover': '#f2f4f4',
  '--tp-line': '#e4e6e5',
  '--tp-line-strong': '#8c9395',
  '--tp-text': '#1c1f20',
  '--tp-dim': '#5a6163',
  '--tp-accent': '#0b6378',
  '--tp-accent-soft': '#e0f0f4',
  '--tp-good': '#1b7442',
  '--tp-good-soft': '#e5f3ea',
  '--tp-warn': '#8d5200',
  '--tp-warn-soft': '#fcf0d9',
  '--tp-bad': '#b0251d',
  '--tp-bad-soft': '#fce9e7',
  '--tp-chart': '#0f7690',
  '--tp-chart-2': '#b06a10',
  '--tp-chart-3': '#7a5bb5',
  '--tp-chart-4': '#858d8f',
  '--tp-shadow': '0 1px 2px rgb(20 30 32 / 6%), 0 4px 16px rgb(20 30 32 / 8%)',
};

const darkTokens: Record<keyof typeof lightTokens, string> = {
  '--tp-canvas': '#101213',
  '--tp-surface': '#171a1b',
  '--tp-raised': '#1f2426',
  '--tp-hover': '#1f2426',
  '--tp-line': '#2b3133',
  '--tp-line-strong': '#6d7678',
  '--tp-text': '#e6e8e8',
  '--tp-dim': '#a0a8aa',
  '--tp-accent': '#74c9db',
  '--tp-accent-soft': '#12333c',
  '--tp-good': '#6cc893',
  '--tp-good-soft': '#173021',
  '--tp-warn': '#e8b45f',
  '--tp-warn-soft': '#35290f',
  '--tp-bad': '#f3958c',
  '--tp-bad-soft': '#3c201e',
  '--tp-chart': '#2d8da5',
  '--tp-chart-2': '#d0933a',
  '--tp-chart-3': '#9d83d6',
  '--tp-chart-4': '#7d8789',
  '--tp-shadow': '0 1px 2px rgb(0 0 0 / 40%), 0 6px 24px rgb(0 0 0 / 45%)',
};

export const cssVariablesResolver: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    ...lightTokens,
    '--mantine-color-dimmed': lightTokens['--tp-dim'],
    '--mantine-color-placeholder': '#6b7274',
    '--mantine-color-default-border': lightTokens['--tp-line-strong'],
    '--mantine-color-error': lightTokens['--tp-bad'],
  },
  dark: {
    ...darkTokens,
    '--mantine-color-dimmed': darkTokens['--tp-dim'],
    '--mantine-color-placeholder': '#8f989a',
    '--mantine-color-default-border': darkTokens['--tp-line-strong'],
    '--mantine-color-error': darkTokens['--tp-bad'],
  },
});

/** Subtle and light buttons take the accent that is readable as text in the present scheme. */
const variantColorResolver: VariantColorsResolver = (input) => {
  const resolved = defaultVariantColorsResolver(input);
  const plain = input.color === undefined || input.color === 'accent';
  if (!plain || (input.variant !== 'subtle' && input.variant !== 'light')) return resolved;
  return {
    ...resolved,
    color: 'var(--tp-accent)',
    background: input.variant === 'light' ? 'var(--tp-accent-soft)' : 'transparent',
    hover: 'var(--tp-accent-soft)',
  };
};

export const theme = createTheme({
  primaryColor: 'accent',
  primaryShade: { light: 7, dark: 6 },
  colors: { accent, gray, dark },
  variantColorResolver,
  fontFamily:
    'ui-sans-serif, system-ui, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", Arial, sans-serif',
  fontFamilyMonospace:
    'ui-monospace, "SF Mono", "Cascadia Mono", "JetBrains Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace',
  // Three sizes on a page: 12 for what accompanies, 13 for what is read, 20 for what is looked at.
  fontSizes: { xs: '12px', sm: '13px', md: '13px', lg: '20px', xl: '20px' },
  lineHeights: { xs: '1.35', sm: '1.45', md: '1.45', lg: '1.3', xl: '1.3' },
  spacing: { xs: '4px', sm: '8px', md: '12px', lg: '16px', xl: '24px' },
  radius: { xs: '3px', sm: '4px', md: '6px', lg: '8px', xl: '12px' },
  defaultRadius: 'md',
  respectReducedMotion: true,
  cursorType: 'pointer',
  components: {
    Button: { defaultProps: { size: 'xs' } },
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray', size: 28 } },
    Modal: {
      styles: { title: { fontWeight: 600 } },
      defaultProps: {
        padding: 'lg',
        centered: true,
        radius: 'lg',
        transitionProps: { duration: 120 },
        overlayProps: { opacity: 0.5 },
      },
    },
    // Without a focus placeholder, which no menu may hold, the first item takes the focus.
    Menu: {
      defaultProps: { shadow: 'md', transitionProps: { duration: 80 }, withInitialFocusPlaceholder: false },
    },
    // Typed as people write: 12,50 is 12.50.
    NumberInput: { defaultProps: { allowedDecimalSeparators: ['.', ','] } },
    Tooltip: { defaultProps: { openDelay: 300, transitionProps: { duration: 80 }, fz: 12 } },
    Skeleton: { defaultProps: { radius: 'sm' } },
  },
});
