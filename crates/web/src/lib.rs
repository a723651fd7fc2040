//! The HTTP kit: what the crates for each audience share, and the only home of the types they share with axum.
//!
//! State, one request as one unit of work, extractors, cookies, CORS, standard headers, and the faces of errors. No
//! routes.

mod app;
mod body;
mod cookies;
mod cors;
mod facts;
mod headers;
mod paths;
mod realm;
mod respond;
mod signed;
mod turns;
mod work;

pub use app::{App, ProxyHeaders, Public};
pub use body::{LONGEST_BODY, is_short, read_body, read_form};
pub use cookies::{Cookie, find_cookie};
pub use cors::Cors;
pub use facts::{ClientCertificate, Facts, PeerAddr, RequestId, Secure};
pub use headers::{CONTENT_POLICY, Framed, bearer_token, standard_headers};
pub use paths::normalise;
pub use realm::realm_of;
pub use respond::{accepts, json, json_error, method_not_allowed, no_store, not_found, text};
pub use signed::{SentTarget, sign_replies};
pub use work::Failure;
