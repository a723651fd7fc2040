//! Short ways about JSON whose shape nobody has promised.

use serde_json::Value;

use super::Rep;

/// The object, or an empty one.
pub(super) fn object(value: Value) -> Rep {
    if let Value::Object(map) = value { map } else { Rep::new() }
}

/// The list, or an empty one.
pub(super) fn array(value: Value) -> Vec<Value> {
    if let Value::Array(list) = value { list } else { Vec::new() }
}

/// Takes a member that is an object.
pub(super) fn take_object(map: &mut Rep, key: &str) -> Rep {
    map.get_mut(key).map(Value::take).map(object).unwrap_or_default()
}

/// Takes the objects of a member that is a list.
pub(super) fn take_objects(map: &mut Rep, key: &str) -> Vec<Rep> {
    map.get_mut(key).map(Value::take).map(array).unwrap_or_default().into_iter().map(object).collect()
}

/// A member that is text.
pub(super) fn text<'a>(map: &'a Rep, key: &str) -> &'a str {
    map.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// A member that is true.
pub(super) fn flag(map: &Rep, key: &str) -> bool {
    map.get(key).and_then(Value::as_bool).unwrap_or_default()
}

/// Whether a member is there and isn't null.
pub(super) fn has(map: &Rep, key: &str) -> bool {
    map.get(key).is_some_and(|value| !value.is_null())
}

/// The texts of a member that is a list.
pub(super) fn texts(map: &Rep, key: &str) -> Vec<String> {
    let list = map.get(key).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Changes the object at a member, made if it isn't there.
pub(super) fn edit<T>(map: &mut Rep, key: &str, change: impl FnOnce(&mut Rep) -> T) -> T {
    let mut inner = take_object(map, key);
    let result = change(&mut inner);
    map.insert(key.to_owned(), inner.into());
    result
}

/// Objects as a list.
pub(super) fn list(objects: Vec<Rep>) -> Value {
    objects.into_iter().map(Value::Object).collect()
}

/// Adds texts to a member that is a list, each once.
pub(super) fn add_texts(map: &mut Rep, key: &str, more: &[String]) {
    let mut list = texts(map, key);
    for text in more {
        if !list.contains(text) {
            list.push(text.clone());
        }
    }
    map.insert(key.to_owned(), list.into());
}

/// The object of a list whose member `key` is `value`.
pub(super) fn find_mut<'a>(list: &'a mut [Rep], key: &str, value: &str) -> Option<&'a mut Rep> {
    list.iter_mut().find(|item| text(item, key) == value)
}

/// Whether an object of the list has `value` at `key`.
pub(super) fn holds(list: &[Rep], key: &str, value: &str) -> bool {
    list.iter().any(|item| text(item, key) == value)
}
