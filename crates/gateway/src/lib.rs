//! A gateway in front of any service: what comes in is signed by a participant, checked, and on record; what goes out is
//! signed, and answered by the one that was asked.
//!
//! It fails closed, bounds bodies and time, and streams nothing unverified. The checks are those of crate `receiver`; here
//! are sockets, files and the way through.
//!
//! | file | what |
//! |---|---|
//! | [`config`] | the configuration |
//! | `load` | the files that it names |
//! | `gateway` | begin, work, end |
//! | `listen`, `tls` | connections |
//! | `inbound`, `from`, `hop` | to the service behind, from which address, without what belongs to a connection |
//! | `outbound`, `doors` | from the local application, and from no browser, to other participants |
//! | `disk`, `spool`, `report` | what is kept, and what the server is told later |
//! | `own` | whether messages can pass: the configuration beside the registry |
//! | `health` | how the gateway is |

pub mod config;

mod disk;
mod doors;
mod from;
mod gateway;
mod health;
mod hop;
mod inbound;
mod listen;
mod load;
mod outbound;
mod own;
mod report;
mod spool;
mod tls;

pub use config::{Config, ConfigError};
pub use gateway::{Error, Gateway, run};
pub use load::LoadError;
