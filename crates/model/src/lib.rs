//! The vocabulary: what is stored, in Keycloak's nouns, as plain data.
//!
//! A stored thing is a [`Document`] (its Keycloak representation, kept whole, so that what was imported can be exported
//! unchanged) and a struct that holds what the server interprets of it. Pure and synchronous; no SQL, no HTTP, no clock.

mod auth_session;
mod client;
mod document;
mod event;
mod flow;
mod group;
mod mapper;
mod nearest;
mod realm;
mod right;
mod role;
mod scope;
mod session;
mod user;

pub use auth_session::{AuthSession, Tab};
pub use client::{Client, ClientAuthenticator};
pub use document::{Document, Malformed};
pub use event::{AdminEvent, AdminOperation, Event, EventType};
pub use flow::{Execution, Flow, RequiredAction, Requirement};
pub use group::Group;
pub use mapper::ProtocolMapper;
pub use nearest::nearest;
pub use realm::{BruteForce, BruteForceStrategy, Realm, SslRequired};
pub use right::{MESSAGE_SIGNING, Right};
pub use role::{Role, RoleClient};
pub use scope::ClientScope;
pub use session::{ClientSession, Code, LoginFailure, UserSession};
pub use user::{Credential, User};
