//! What the commands do, as the command line asks for it.
//!
//! The command line knows arguments and configuration; it does not know the store or the protocols. The functions here
//! stand in `run`.

use std::error::Error;
use std::path::PathBuf;
use std::pin::Pin;

use ::messages::bundle::Selection;
use serde_json::{Map, Value};

use crate::config::{Config, Secret};

/// A command at work; the error is a sentence for the terminal.
pub type Work = Pin<Box<dyn Future<Output = Result<(), Failure>> + Send>>;

/// Why a command did not do its work.
pub type Failure = Box<dyn Error + Send + Sync>;

/// The bodies of the commands.
#[derive(Debug, Clone, Copy)]
pub struct Commands {
    /// `start` and `start-dev`: answers requests until a signal ends it.
    pub serve: fn(Config) -> Work,
    pub import: fn(Config, ImportRequest) -> Work,
    pub export: fn(Config, ExportRequest) -> Work,
    pub bootstrap_admin: fn(Config, Administrator) -> Work,
    pub export_evidence: fn(Config, EvidenceRequest) -> Work,
    pub participants: fn(Config, RegistryRequest) -> Work,
    pub ledger: fn(Config, LedgerRequest) -> Work,
}

/// `import`: realms into the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRequest {
    pub from: RealmFiles,
    /// Whether a realm that exists is replaced, or else left alone.
    pub replace_existing: bool,
}

/// `export`: realms out of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportRequest {
    pub to: RealmFiles,
    /// All realms, if not given.
    pub realm: Option<String>,
    pub users: ExportUsers,
    pub users_per_file: usize,
}

/// Where realm files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RealmFiles {
    File(PathBuf),
    Folder(PathBuf),
}

/// Where the users of an exported realm go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportUsers {
    Skip,
    /// In the realm's own file.
    RealmFile,
    /// In one file beside the realm's.
    SameFile,
    /// In several files beside the realm's.
    DifferentFiles,
}

/// `bootstrap-admin`: an administrator of the realm `master`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Administrator {
    User { username: String, password: Secret },
    Service { client_id: String, secret: Secret },
}

/// `evidence export`: a bundle out of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceRequest {
    /// The realm by its name.
    pub realm: String,
    /// Which messages.
    pub selection: Selection,
    /// The bundle's file.
    pub out: PathBuf,
    /// Whether a file that is there already is replaced.
    pub replaces: bool,
    /// Files with bodies that the server does not keep.
    pub bodies: Vec<PathBuf>,
}

/// `participants`: the registry of a realm.
#[derive(Debug, Clone, PartialEq)]
pub struct RegistryRequest {
    pub realm: String,
    pub wish: RegistryWish,
}

/// What is wanted of the registry; members are those of the Admin API.
#[derive(Debug, Clone, PartialEq)]
pub enum RegistryWish {
    /// Those whose name holds the text.
    List(String),
    Show(String),
    Create(Map<String, Value>),
    Update(String, Map<String, Value>),
    /// Within so many days.
    Expiring(i64),
    Networks,
    /// Of a participant.
    Roles(String),
    ShowRole(RoleName),
    AddRole(String, Map<String, Value>),
    UpdateRole(RoleName, Map<String, Value>),
    /// Of a participant itself, or of one of its roles.
    History(String, Option<String>),
    /// The network and the role; whether it is put into it or taken out.
    Network(String, String, bool),
    NetworkRoles(String),
    /// The keys that count at a moment, by what was recorded by another.
    Jwks(RoleName, Option<String>, Option<String>),
    RotateSecret(RoleName, Map<String, Value>),
    /// At a moment, by what was recorded by another.
    Keys(RoleName, Option<String>, Option<String>),
    Nonce(RoleName),
    AddKey(RoleName, Map<String, Value>),
    UpdateKey(RoleName, String, Map<String, Value>),
}

/// A participant's role, by ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleName {
    pub participant: String,
    pub role: String,
}

/// `ledger`: what to do with a realm's ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerRequest {
    pub realm: String,
    pub task: LedgerTask,
}

/// What is done with a ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LedgerTask {
    Status {
        /// Whole, for programs.
        as_json: bool,
    },
    Close,
    /// A new key signs it.
    RotateKey,
    /// A new one goes on from it.
    Recover {
        reason: String,
        /// Also where nothing speaks against the old one, or it was closed on purpose.
        even_though_sound: bool,
    },
}
