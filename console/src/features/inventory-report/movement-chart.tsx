// The legend's colours.
import '@mantine/core/styles/ColorSwatch.layer.css';
import '@mantine/charts/styles.layer.css';
import { BarChart } from '@mantine/charts';
import { useFormats, useText } from '../../i18n/locale.tsx';
import type { MovedIn } from './gather.ts';

/** Bars from zero, side by side; the exact figures on hover. */
export default function MovementChart({ moved }: { moved: readonly MovedIn[] }) {
  const { report } = useText();
  const formats = useFormats();
  return (
    <BarChart
      h={240}
      data={moved.map(({ from, ...figures }) => ({ ...figures, from: formats.calendarDay(from) }))}
      dataKey="from"
      series={[
        { name: 'sold', label: report.sold, color: 'var(--tp-chart)' },
        { name: 'received', label: report.received, color: 'var(--tp-chart-2)' },
        { name: 'returned', label: report.returned, color: 'var(--tp-chart-3)' },
        { name: 'other', label: report.other, color: 'var(--tp-chart-4)' },
      ]}
      valueFormatter={formats.number}
      gridAxis="x"
      tickLine="none"
      withLegend
      legendProps={{ verticalAlign: 'bottom', height: 32 }}
      xAxisProps={{ minTickGap: 24 }}
      yAxisProps={{ width: 48, allowDecimals: false }}
      barProps={{ radius: [2, 2, 0, 0], isAnimationActive: false }}
      tooltipAnimationDuration={0}
    />
  );
}
