const PATHS = {
  overview: 'M3 12l9-8 9 8M6 10v10h12V10',
  findings: 'M5 21V4h11l-1.5 4L16 12H5',
  listings: 'M4 6h16M4 12h16M4 18h10',
  checksums: 'M12 3l8 3v6c0 5-3.5 8-8 9-4.5-1-8-4-8-9V6zM8.5 12l2.5 2.5L16 9.5',
  drift: 'M4 7h10m0 0l-3-3m3 3l-3 3M20 17H10m0 0l3-3m-3 3l3 3',
  review: 'M11 4a7 7 0 100 14 7 7 0 000-14zM16 16l5 5M8 11h6',
  runs: 'M3 12h4l3-8 4 16 3-8h4',
  journal: 'M6 3h12v18H6zM9 8h6M9 12h6M9 16h4',
  artifact: 'M14 3H6v18h12V7zM14 3v4h4M11 11a2.5 2.5 0 100 5 2.5 2.5 0 000-5zM13 15.5l2 2',
  ok: 'M5 12.5l4.5 4.5L19 7.5',
  error: 'M12 7v6M12 16.5v.5M12 3l9.5 17h-19z',
  warning: 'M12 8v5M12 16v.5M12 3a9 9 0 100 18 9 9 0 000-18z',
  running: 'M12 3a9 9 0 109 9',
  unknown: 'M9 9a3 3 0 115 2c-1 .8-2 1.3-2 3M12 17v.5',
  stopped: 'M7 7h10v10H7z',
  partial: 'M12 3a9 9 0 100 18zM12 3a9 9 0 010 18',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  next: 'M9 5l7 7-7 7',
  first: 'M15 5l-7 7 7 7',
  sun: 'M12 8a4 4 0 100 8 4 4 0 000-8zM12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M5 19l2-2M17 7l2-2',
  moon: 'M20 14A8 8 0 1110 4a7 7 0 0010 10z',
  auto: 'M12 3a9 9 0 100 18 9 9 0 000-18zM12 3v18',
  key: 'M8 11a4 4 0 100 8 4 4 0 000-8zM11 12l9-9M16 7l3 3',
} as const;

export type IconName = keyof typeof PATHS;

/** Always next to a word with the same meaning, so it is hidden from screen readers. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
