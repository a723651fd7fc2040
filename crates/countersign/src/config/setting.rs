//! What a setting is: its name, what may be written there, its default, and what it is for.
//!
//! The names are Keycloak's. The `KC_*` variable, the command line argument, the key in the configuration file and the
//! reference page all derive from the one row.

/// One thing that can be configured.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Kebab case, as on the command line and in the configuration file.
    pub name: &'static str,
    pub kind: Kind,
    /// One or two sentences for whoever has to decide the value.
    pub help: &'static str,
    pub default: Option<&'static str>,
    /// Default of `start-dev` where it differs.
    pub development: Option<&'static str>,
    /// Masked in `show-config`, never quoted in a message.
    pub secret: bool,
    /// The commands that look at it; `show-config` looks at all.
    pub used_by: &'static [Command],
    /// A variable of an older Keycloak that still counts.
    pub old_variable: Option<&'static str>,
}

/// What may be written as a value.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Anything; the word stands for it in the help.
    Text(&'static str),
    /// `true` or `false`; on the command line the bare flag means `true`.
    Flag,
    Number {
        least: u64,
        most: u64,
    },
    Choice(&'static [&'static str]),
    /// `30s`, `5m`, `PT5M`; a bare number counts seconds.
    Duration,
    File,
    /// Values with commas between them.
    List(&'static str),
    /// A path, or the bare flag for the usual place.
    FlagOrPath,
}

/// The commands that read configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    StartDev,
    Start,
    Import,
    Export,
    BootstrapAdmin,
    Participants,
    ShowConfig,
}

/// The commands that answer requests.
pub const SERVING: &[Command] = &[Command::StartDev, Command::Start];

/// The commands that open the store.
pub const STORING: &[Command] = &[
    Command::StartDev,
    Command::Start,
    Command::Import,
    Command::Export,
    Command::BootstrapAdmin,
    Command::Participants,
];

impl Command {
    /// The word on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Command::StartDev => "start-dev",
            Command::Start => "start",
            Command::Import => "import",
            Command::Export => "export",
            Command::BootstrapAdmin => "bootstrap-admin",
            Command::Participants => "participants",
            Command::ShowConfig => "show-config",
        }
    }
}

impl Setting {
    /// A setting of the serving commands, without a default.
    pub const fn new(name: &'static str, kind: Kind, help: &'static str) -> Self {
        Self { name, kind, help, default: None, development: None, secret: false, used_by: SERVING, old_variable: None }
    }

    pub const fn default(mut self, value: &'static str) -> Self {
        self.default = Some(value);
        self
    }

    /// The default of `start-dev`, where it differs.
    pub const fn in_development(mut self, value: &'static str) -> Self {
        self.development = Some(value);
        self
    }

    pub const fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    pub const fn used_by(mut self, commands: &'static [Command]) -> Self {
        self.used_by = commands;
        self
    }

    pub const fn old_variable(mut self, name: &'static str) -> Self {
        self.old_variable = Some(name);
        self
    }

    /// `http-port` is `KC_HTTP_PORT` in the environment.
    pub fn variable(&self) -> String {
        format!("KC_{}", self.name.replace('-', "_").to_uppercase())
    }

    /// The default under this command.
    pub fn default_for(&self, command: Command) -> Option<&'static str> {
        match command {
            Command::StartDev => self.development.or(self.default),
            _ => self.default,
        }
    }

    pub fn is_used_by(&self, command: Command) -> bool {
        command == Command::ShowConfig || self.used_by.contains(&command)
    }
}

impl Kind {
    /// The word that stands for the value in the help.
    pub fn placeholder(&self) -> String {
        match self {
            Kind::Text(word) => (*word).to_owned(),
            Kind::Flag => "true|false".to_owned(),
            Kind::Number { .. } => "NUMBER".to_owned(),
            Kind::Choice(values) => values.join("|"),
            Kind::Duration => "DURATION".to_owned(),
            Kind::File | Kind::FlagOrPath => "PATH".to_owned(),
            Kind::List(word) => format!("{word},…"),
        }
    }

    /// Whether the bare `--name` is complete.
    pub fn stands_alone(&self) -> bool {
        matches!(self, Kind::Flag | Kind::FlagOrPath)
    }
}
