//! Realms out of the store, by the command `export`.

use crate::commands::{ExportRequest, Failure};
use crate::config::Config;

pub(super) async fn command(_config: Config, _request: ExportRequest) -> Result<(), Failure> {
    Err("realms cannot be exported yet".into())
}
