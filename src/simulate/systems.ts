/** A release of an operating system, as its agents tell it. */
export interface Release {
  readonly version: string;
  readonly major: string;
  readonly minor: string;
  readonly codename?: string;
  /** Of the kernel, or of Windows. */
  readonly build: string;
}

export interface System {
  readonly name: string;
  readonly platform: string;
  readonly kernel: 'Linux' | 'Darwin' | 'Windows';
  readonly arch: string;
  /** Of so many agents in a hundred. */
  readonly share: number;
  /** An update leads from each to the next, and from the last to the first. */
  readonly releases: readonly Release[];
}

/** What stands in server rooms and on desks. */
export const systems: readonly System[] = [
  {
    name: 'Ubuntu',
    platform: 'ubuntu',
    kernel: 'Linux',
    arch: 'x86_64',
    share: 28,
    releases: [
      {
        version: '20.04.6 LTS',
        major: '20',
        minor: '04',
        codename: 'Focal Fossa',
        build: '5.4.0-182-generic',
      },
      {
        version: '22.04.4 LTS',
        major: '22',
        minor: '04',
        codename: 'Jammy Jellyfish',
        build: '5.15.0-107-generic',
      },
      {
        version: '24.04.1 LTS',
        major: '24',
        minor: '04',
        codename: 'Noble Numbat',
        build: '6.8.0-45-generic',
      },
    ],
  },
  {
    name: 'Microsoft Windows Server 2019 Standard',
    platform: 'windows',
    kernel: 'Windows',
    arch: 'x86_64',
    share: 16,
    releases: [
      { version: '10.0.17763.5458', major: '10', minor: '0', build: '17763.5458' },
      { version: '10.0.17763.5696', major: '10', minor: '0', build: '17763.5696' },
      { version: '10.0.17763.6293', major: '10', minor: '0', build: '17763.6293' },
    ],
  },
  {
    name: 'Microsoft Windows 11 Pro',
    platform: 'windows',
    kernel: 'Windows',
    arch: 'x86_64',
    share: 14,
    releases: [
      { version: '10.0.22621.3447', major: '10', minor: '0', build: '22621.3447' },
      { version: '10.0.22631.3593', major: '10', minor: '0', build: '22631.3593' },
      { version: '10.0.26100.1742', major: '10', minor: '0', build: '26100.1742' },
    ],
  },
  {
    name: 'Debian GNU/Linux',
    platform: 'debian',
    kernel: 'Linux',
    arch: 'x86_64',
    share: 13,
    releases: [
      { version: '11', major: '11', minor: '9', codename: 'bullseye', build: '5.10.0-29-amd64' },
      { version: '12', major: '12', minor: '5', codename: 'bookworm', build: '6.1.0-21-amd64' },
      { version: '12', major: '12', minor: '7', codename: 'bookworm', build: '6.1.0-25-amd64' },
    ],
  },
  {
    name: 'Red Hat Enterprise Linux',
    platform: 'rhel',
    kernel: 'Linux',
    arch: 'x86_64',
    share: 12,
    releases: [
      { version: '8.9', major: '8', minor: '9', codename: 'Ootpa', build: '4.18.0-513.el8.x86_64' },
      { version: '8.10', major: '8', minor: '10', codename: 'Ootpa', build: '4.18.0-553.el8_10.x86_64' },
      { version: '9.4', major: '9', minor: '4', codename: 'Plow', build: '5.14.0-427.el9_4.x86_64' },
    ],
  },
  {
    name: 'Amazon Linux',
    platform: 'amzn',
    kernel: 'Linux',
    arch: 'aarch64',
    share: 9,
    releases: [
      { version: '2', major: '2', minor: '0', codename: 'Karoo', build: '5.10.215-203.amzn2.aarch64' },
      { version: '2023', major: '2023', minor: '4', build: '6.1.84-99.amzn2023.aarch64' },
    ],
  },
  {
    name: 'macOS',
    platform: 'darwin',
    kernel: 'Darwin',
    arch: 'arm64',
    share: 8,
    releases: [
      { version: '13.6.7', major: '13', minor: '6', codename: 'Ventura', build: '22.6.0' },
      { version: '14.5', major: '14', minor: '5', codename: 'Sonoma', build: '23.5.0' },
      { version: '14.6.1', major: '14', minor: '6', codename: 'Sonoma', build: '23.6.0' },
    ],
  },
];
