const PATHS = {
  home: "M2.5 7.5 8 3l5.5 4.5V13a.5.5 0 0 1-.5.5H9.75v-4h-3.5v4H3a.5.5 0 0 1-.5-.5z",
  chat: "M2.5 4a1.5 1.5 0 0 1 1.5-1.5h8A1.5 1.5 0 0 1 13.5 4v5.5A1.5 1.5 0 0 1 12 11H7l-3 2.5V11a1.5 1.5 0 0 1-1.5-1.5z",
  tasks: "M2 12.5h12M3.5 10.5 6.5 6l3 2.5 3.5-5",
  datasets: "M3 4c0-1 2.2-1.75 5-1.75S13 3 13 4 10.8 5.75 8 5.75 3 5 3 4m0 0v8c0 1 2.2 1.75 5 1.75s5-.75 5-1.75V4M3 8c0 1 2.2 1.75 5 1.75S13 9 13 8",
  models: "M8 2 13.5 5v6L8 14l-5.5-3V5zM2.5 5 8 8l5.5-3M8 8v6",
  hosts: "M2.5 3h11v4h-11zM2.5 9h11v4h-11zM5 5h.01M5 11h.01",
  settings: "M3 4.5h6M12 4.5h1M3 11.5h1M7 11.5h6M10.5 3v3M5.5 10v3",
  user: "M8 8a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5M3 13.5c.5-2.5 2.5-3.75 5-3.75s4.5 1.25 5 3.75",
  menu: "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
  close: "m4 4 8 8M12 4l-8 8",
  check: "m3 8.5 3.25 3.25L13 5",
  warning: "M8 2.5 14.25 13.5H1.75zM8 6.5v3M8 11.5h.01",
  info: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12M8 7.5v3.5M8 5h.01",
  plus: "M8 3v10M3 8h10",
  minus: "M3 8h10",
  trash: "M3 4.5h10M6.5 4V2.75h3V4M4.5 4.5l.5 9h6l.5-9M6.75 7v4M9.25 7v4",
  download: "M8 2.5v8M4.75 7.5 8 10.75l3.25-3.25M3 13.5h10",
  upload: "M8 10.75v-8M4.75 5.75 8 2.5l3.25 3.25M3 13.5h10",
  copy: "M5.5 5.5V3a.5.5 0 0 1 .5-.5h7a.5.5 0 0 1 .5.5v7a.5.5 0 0 1-.5.5h-2.5M3 5.5h7a.5.5 0 0 1 .5.5v7a.5.5 0 0 1-.5.5H3a.5.5 0 0 1-.5-.5V6a.5.5 0 0 1 .5-.5",
  search: "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9M10.25 10.25l3.25 3.25",
  retry: "M13 8a5 5 0 1 1-1.5-3.550M13 2.5V5h-2.5",
  stop: "M4.5 4.5h7v7h-7z",
  play: "M5 3.5v9L12.5 8z",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  send: "M8 13V3M3.5 7.5 8 3l4.5 4.5",
  edit: "m3 13 .75-3L10.5 3.25a1 1 0 0 1 1.5 0l.75.75a1 1 0 0 1 0 1.5L6 12.25z",
  pin: "M6 2.5h4M6.5 2.5V7L4.5 9.5h7L9.5 7V2.5M8 9.5v4",
  key: "M6 10.5a3 3 0 1 1 2.25-5l5.25 0v2.25h-1.5V9.5H10V8.25H8.25A3 3 0 0 1 6 10.5M5.5 7.5h.01",
  left: "M10 3.5 5.5 8l4.5 4.5",
  right: "M6 3.5 10.5 8 6 12.5",
  up: "m3.5 10 4.5-4.5 4.5 4.5",
  down: "M3.5 6 8 10.5 12.5 6",
  globe: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12M2 8h12M8 2c2 2 2.5 4 2.5 6S10 12 8 14c-2-2-2.5-4-2.5-6S6 4 8 2",
  sun: "M8 10.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5M8 2v1.25M8 12.75V14M2 8h1.25M12.75 8H14M3.75 3.75l.9.9M11.350 11.350l.9.9M3.75 12.25l.9-.9M11.350 4.650l.9-.9",
  list: "M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4h.01M2.5 8h.01M2.5 12h.01",
  archive: "M2.5 3h11v3h-11zM3.5 6v7h9V6M6.5 8.5h3",
  attach: "m13 7.5-5.25 5.25a3.25 3.25 0 0 1-4.6-4.6l5.25-5.25a2.17 2.17 0 0 1 3.07 3.07l-5.25 5.25a1.08 1.08 0 0 1-1.54-1.54L9.5 5",
  tag: "M2.5 2.5h5l6 6-5 5-6-6zM5.25 5.25h.01",
  more: "M3.25 8a.4.4 0 1 0 .8 0 .4.4 0 1 0-.8 0M7.6 8a.4.4 0 1 0 .8 0 .4.4 0 1 0-.8 0M11.95 8a.4.4 0 1 0 .8 0 .4.4 0 1 0-.8 0",
  compare: "M2.5 3h4.5v10h-4.5zM9 3h4.5v10H9z",
  logout: "M6.5 2.5H3v11h3.5M6.5 8H14M11 5l3 3-3 3",
} as const;

export type IconName = keyof typeof PATHS;

/** A sign beside words, or within a control that has a name of its own: never the only thing that tells. */
export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg className="icon" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
