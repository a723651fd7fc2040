//! The Admin API over HTTP [KC 5]: a table of routes, and for each a handler that decodes, makes one call, and answers.
//!
//! [`ROUTES`] is the whole API: method, path, permission, handler. The router, the access test and the documentation
//! derive from it. What a route needs to be done is in `admin`, in the file of the same name.

mod answer;
mod call;
mod router;
mod routes;
mod table;

pub use router::{known_first, routes, signed_routes};
pub use table::{ROUTES, Route};
