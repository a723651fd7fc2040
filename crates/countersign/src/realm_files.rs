//! Realm files on disk, as Keycloak names and writes them.
//!
//! One file holds a realm, or a list of realms. A folder holds `NAME-realm.json` with `NAME-users-0.json` and so on beside
//! it; any other `.json` in it is a realm of its own. Folders below are not looked into. A realm is read when its turn
//! comes, so that not all are in memory at once.

use std::fs;
use std::path::{Path, PathBuf};

use model::Document;
use serde_json::Value;

use crate::commands::Failure;

/// A file with realms, and the files with further users of its realm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RealmSource {
    pub file: PathBuf,
    users: Vec<PathBuf>,
}

/// What there is to read at this place, a file or a folder, in the order of the names; `master` comes first.
pub fn find(place: &Path) -> Result<Vec<RealmSource>, Failure> {
    let cannot = |cause| format!("{} cannot be read: {cause}", place.display());
    if !fs::metadata(place).map_err(cannot)?.is_dir() {
        return Ok(vec![RealmSource { file: place.to_owned(), users: Vec::new() }]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(place).map_err(cannot)? {
        let path = entry.map_err(cannot)?.path();
        if path.extension().is_some_and(|ending| ending == "json") && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(grouped(files))
}

fn grouped(files: Vec<PathBuf>) -> Vec<RealmSource> {
    let (parts, realms): (Vec<_>, Vec<_>) =
        files.iter().partition(|file| realm_file_of(file).is_some_and(|realm| files.contains(&realm)));
    let users_of = |realm: &Path| {
        let mut users: Vec<PathBuf> = parts
            .iter()
            .filter(|part| realm_file_of(part).as_deref() == Some(realm))
            .map(|&part| part.clone())
            .collect();
        users.sort_by_key(|part| part_of(part).map(|(_, number)| number));
        users
    };
    let mut sources: Vec<RealmSource> =
        realms.into_iter().map(|file| RealmSource { file: file.clone(), users: users_of(file) }).collect();
    sources.sort_by_key(|source| source.file.file_name().is_none_or(|name| name != "master-realm.json"));
    sources
}

/// `dir/NAME-realm.json` for `dir/NAME-users-3.json`.
fn realm_file_of(part: &Path) -> Option<PathBuf> {
    part_of(part).map(|(name, _)| part.with_file_name(format!("{name}-realm.json")))
}

/// Removes a realm's files with users, from this number on.
pub fn remove_users(folder: &Path, realm: &str, from: u32) -> Result<(), Failure> {
    let cannot = |cause| format!("{} cannot be cleared of files with users: {cause}", folder.display());
    for entry in fs::read_dir(folder).map_err(cannot)? {
        let path = entry.map_err(cannot)?.path();
        if path.extension().is_some_and(|ending| ending == "json")
            && part_of(&path).is_some_and(|(of, number)| of == realm && number >= from)
        {
            fs::remove_file(&path).map_err(cannot)?;
        }
    }
    Ok(())
}

fn part_of(file: &Path) -> Option<(&str, u32)> {
    let (name, number) = file.file_stem()?.to_str()?.rsplit_once("-users-")?;
    Some((name, number.parse().ok()?))
}

impl RealmSource {
    /// The realms, each with its users.
    ///
    /// # Errors
    /// Names the file and the place in it.
    pub fn read(&self) -> Result<Vec<Document>, Failure> {
        let mut realms = match parse(&self.file)? {
            Value::Array(realms) if realms.is_empty() => {
                return Err(format!("{} holds no realm: its list is empty", self.file.display()).into());
            }
            Value::Array(realms) => realms,
            realm @ Value::Object(_) => vec![realm],
            _ => return Err(format!("{} is not a realm, nor a list of them", self.file.display()).into()),
        };
        for part in &self.users {
            let more = parse(part)?;
            let realm = realms
                .iter_mut()
                .find(|realm| realm.get("realm") == more.get("realm"))
                .ok_or_else(|| format!("{}: realm is not the one of {}", part.display(), self.file.display()))?;
            append_users(realm, more).ok_or_else(|| format!("{}: users is not a list", part.display()))?;
        }
        let documents = realms.into_iter().enumerate().map(|(n, realm)| match realm {
            Value::Object(realm) => Ok(Document(realm)),
            _ => Err(format!("{}: [{n}] is not a realm", self.file.display()).into()),
        });
        documents.collect()
    }
}

fn append_users(realm: &mut Value, mut more: Value) -> Option<()> {
    let Some(new) = more.get_mut("users") else { return Some(()) };
    let known = realm.as_object_mut()?.entry("users").or_insert_with(|| Value::Array(Vec::new()));
    known.as_array_mut()?.append(new.as_array_mut()?);
    Some(())
}

fn parse(file: &Path) -> Result<Value, Failure> {
    let text = fs::read(file).map_err(|cause| format!("{} cannot be read: {cause}", file.display()))?;
    Ok(serde_json::from_slice(&text).map_err(|cause| format!("{} is not JSON: {cause}", file.display()))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("countersign-files-{}", domain::ids::uuid().unwrap()));
        fs::create_dir_all(&folder).unwrap();
        for (name, text) in files {
            fs::write(folder.join(name), text).unwrap();
        }
        folder
    }

    fn error(folder: &Path) -> String {
        find(folder).and_then(|sources| sources.iter().try_for_each(|s| s.read().map(drop))).unwrap_err().to_string()
    }

    #[test]
    fn users_in_files_of_their_own_belong_to_the_realm_beside_them() {
        let folder = folder(&[
            ("a-realm.json", r#"{"realm":"a"}"#),
            ("a-users-10.json", r#"{"realm":"a","users":[{"username":"z"}]}"#),
            ("a-users-2.json", r#"{"realm":"a","users":[{"username":"y"}]}"#),
            ("b.json", r#"[{"realm":"b"},{"realm":"c"}]"#),
            ("master-realm.json", r#"{"realm":"master"}"#),
            ("notes.txt", "not a realm"),
        ]);
        let read: Vec<_> = find(&folder).unwrap().iter().flat_map(|source| source.read().unwrap()).collect();
        let names: Vec<_> = read.iter().map(|realm| realm.text("realm").unwrap()).collect();
        assert_eq!(names, ["master", "a", "b", "c"]);
        let users: Vec<_> = read[1].list("users").iter().map(|user| user["username"].as_str().unwrap()).collect();
        assert_eq!(users, ["y", "z"]);
    }

    #[test]
    fn files_with_users_of_an_earlier_export_go_and_no_others() {
        let folder = folder(&[
            ("a-users-0.json", "{}"),
            ("a-users-1.json", "{}"),
            ("a-users-x.json", "{}"),
            ("b-users-0.json", "{}"),
            ("a-realm.json", "{}"),
        ]);
        remove_users(&folder, "a", 1).unwrap();
        let mut left: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["a-realm.json", "a-users-0.json", "a-users-x.json", "b-users-0.json"]);
    }

    #[test]
    fn broken_file_is_named_with_the_place_in_it() {
        let told = error(&folder(&[("x.json", "{\n  \"realm\": }")]));
        assert!(told.contains("x.json is not JSON: expected value at line 2 column 12"), "{told}");
        assert!(error(&folder(&[("x.json", "[1]")])).ends_with("x.json: [0] is not a realm"));
        assert!(error(&folder(&[("x.json", "[]")])).ends_with("x.json holds no realm: its list is empty"));
        assert!(error(&folder(&[("x.json", "\"ocen\"")])).ends_with("x.json is not a realm, nor a list of them"));
        let told = error(&folder(&[("a-realm.json", r#"{"realm":"a"}"#), ("a-users-0.json", r#"{"realm":"b"}"#)]));
        assert!(told.contains("a-users-0.json: realm is not the one of "), "{told}");
        assert!(error(Path::new("/nowhere/at/all")).starts_with("/nowhere/at/all cannot be read: "));
    }
}
