//! What a protocol mapper says without saying it.

use serde_json::Value;

use super::Rep;
use super::json::{edit, text};

/// Completes a mapper that comes from outside, by import or through the Admin API: whether its claim goes into
/// userinfo is as for the ID token, unless it is said (`[KC]` 26.7.4, asked for 21 kinds of mappers).
pub fn complete_mapper(mapper: &mut Rep) {
    if text(mapper, "protocol") != "openid-connect" {
        return;
    }
    edit(mapper, "config", |config| {
        let id_token = config.get("id.token.claim").filter(|value| !value.is_null()).cloned();
        if let Some(value) = id_token
            && config.get("userinfo.token.claim").is_none_or(Value::is_null)
        {
            config.insert("userinfo.token.claim".to_owned(), value);
        }
    });
}

/// Completes the mappers of a client or of a client scope.
pub(super) fn complete_mappers(holder: &mut Rep) {
    let mappers = holder.get_mut("protocolMappers").and_then(Value::as_array_mut).into_iter().flatten();
    mappers.filter_map(Value::as_object_mut).for_each(complete_mapper);
}
