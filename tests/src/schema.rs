//! Answers held against the description that is served: the keywords of JSON Schema that it uses, and no member more than
//! it describes.

use registry::Moment;
use serde_json::{Map, Value};

use crate::reply::Reply;

/// An OpenAPI document.
pub struct Description(pub Value);

/// What an object's schema says, with all that it is made of.
#[derive(Default)]
struct Shape<'d> {
    properties: Map<String, Value>,
    required: Vec<&'d str>,
    others: Option<&'d Value>,
}

impl Description {
    /// What of a reply is not as its route's description says, each with its place.
    pub fn faults(&self, method: &str, route: &str, reply: &Reply) -> Vec<String> {
        let answer = &self.0["paths"][route][method.to_lowercase()]["responses"][reply.status.to_string()];
        let kind = reply.header("content-type").split(';').next().unwrap_or_default();
        let schema = &answer["content"][kind]["schema"];
        let mut faults = Vec::new();
        match (schema.is_null(), kind.ends_with("json")) {
            (true, _) => faults.push(format!("{} {kind} is not described", reply.status)),
            (false, true) => self.check(schema, &reply.json(), "", &mut faults),
            (false, false) => {}
        }
        faults.iter().map(|fault| format!("{method} {route}: {fault}")).collect()
    }

    fn check(&self, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        let schema = self.resolved(schema);
        if let Some(ways) = schema["oneOf"].as_array() {
            let tried: Vec<Vec<String>> = ways.iter().map(|way| self.faults_of(way, value, at)).collect();
            if tried.iter().filter(|faults| faults.is_empty()).count() != 1 {
                faults.push(format!("{at} is not exactly one of {} ways: {tried:?}", ways.len()));
            }
            return;
        }
        // What is made of others is an object.
        let kind = if schema.get("allOf").is_some() { &Value::from("object") } else { &schema["type"] };
        if !is_of_type(kind, value) {
            faults.push(format!("{at} is no {kind}: {value}"));
            return;
        }
        if schema["enum"].as_array().is_some_and(|known| !known.contains(value)) {
            faults.push(format!("{at} is none of {}: {value}", schema["enum"]));
        }
        let is_time = || value.as_str().is_none_or(|text| Moment::parse(text).is_some());
        if schema["format"] == "date-time" && !value.is_null() && !is_time() {
            faults.push(format!("{at} is no time: {value}"));
        }
        for (n, item) in value.as_array().into_iter().flatten().enumerate() {
            self.check(&schema["items"], item, &format!("{at}/{n}"), faults);
        }
        if let Some(members) = value.as_object() {
            self.check_members(schema, members, at, faults);
        }
    }

    fn check_members(&self, schema: &Value, members: &Map<String, Value>, at: &str, faults: &mut Vec<String>) {
        let mut shape = Shape::default();
        self.gather(schema, &mut shape);
        for name in shape.required.iter().filter(|name| !members.contains_key(**name)) {
            faults.push(format!("{at}/{name} is missing"));
        }
        for (name, value) in members {
            let place = format!("{at}/{name}");
            match (shape.properties.get(name), shape.others) {
                (Some(described), _) => self.check(described, value, &place, faults),
                (None, Some(Value::Bool(true))) => {}
                (None, Some(described @ Value::Object(_))) => self.check(described, value, &place, faults),
                (None, _) => faults.push(format!("{place} is not described: {value}")),
            }
        }
    }

    fn gather<'d>(&'d self, schema: &'d Value, shape: &mut Shape<'d>) {
        let schema = self.resolved(schema);
        shape.properties.extend(schema["properties"].as_object().cloned().unwrap_or_default());
        shape.required.extend(schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str));
        shape.others = shape.others.or(schema.get("additionalProperties"));
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.gather(part, shape);
        }
    }

    fn faults_of(&self, schema: &Value, value: &Value, at: &str) -> Vec<String> {
        let mut faults = Vec::new();
        self.check(schema, value, at, &mut faults);
        faults
    }

    fn resolved<'d>(&'d self, schema: &'d Value) -> &'d Value {
        match schema["$ref"].as_str() {
            Some(to) => self.0.pointer(to.trim_start_matches('#')).expect("what is pointed to"),
            None => schema,
        }
    }
}

fn is_of_type(kind: &Value, value: &Value) -> bool {
    match kind {
        Value::Array(kinds) => kinds.iter().any(|kind| is_of_type(kind, value)),
        _ => match kind.as_str().expect("each schema says its type") {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "integer" => value.is_i64() || value.is_u64(),
            "boolean" => value.is_boolean(),
            "null" => value.is_null(),
            other => panic!("no type of JSON Schema that is used here: {other}"),
        },
    }
}
