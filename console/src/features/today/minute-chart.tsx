import '@mantine/charts/styles.layer.css';
import { BarChart } from '@mantine/charts';
import type { Dashboard } from '@tradepost/contracts';
import { useFormats, useText } from '../../i18n/locale.tsx';

/** Bars from zero, one per minute; the exact figure on hover. */
export default function MinuteChart({ minutes }: { minutes: Dashboard['ordersPerMinute'] }) {
  const { today } = useText();
  const formats = useFormats();
  return (
    <BarChart
      h={168}
      data={minutes.map(({ minute, orders }) => ({ minute: formats.clock(new Date(minute)), orders }))}
      dataKey="minute"
      series={[{ name: 'orders', label: today.orders, color: 'var(--tp-chart)' }]}
      valueFormatter={formats.number}
      withBarValueLabel={false}
      gridAxis="x"
      tickLine="none"
      xAxisProps={{ minTickGap: 48 }}
      yAxisProps={{ width: 32, allowDecimals: false }}
      barProps={{ radius: [2, 2, 0, 0], isAnimationActive: false }}
      tooltipAnimationDuration={0}
    />
  );
}
