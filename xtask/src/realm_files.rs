//! Realm files, proved both ways with a real Keycloak: what it wrote we read and write the same; what we write it reads and
//! writes the same; and a realm made here from a short file is the one Keycloak makes of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::failure::{Failure, Outcome, While};
use crate::keycloak;
use crate::prerequisites;
use crate::process::{command, read, root, run_lines};

const REALMS: &[&str] = &["ocen", "cochrane"];
const EXPORTED: &str = "compat/exported-by-keycloak-26.7.4";

/// Proves both realms with this build of the server; how many comparisons agreed.
pub(crate) fn prove(binary: &Path) -> Outcome<u32> {
    let proof = Proof {
        binary: binary.to_path_buf(),
        home: keycloak::fetch()?,
        python: prerequisites::venv()?,
        files: root().join("target/realm-files"),
    };
    let _ = fs::remove_dir_all(&proof.files);
    let mut agreed = 0;
    let mut differ = Vec::new();
    for realm in REALMS {
        for (what, same) in proof.realm(realm)? {
            agreed += u32::from(same);
            if !same {
                differ.push(format!("\n  {realm}: {what}"));
            }
        }
    }
    if differ.is_empty() { Ok(agreed) } else { Err(Failure::new(format!("these differ{}", differ.concat()))) }
}

/// What may differ between two files.
#[derive(Clone, Copy)]
enum Allowing<'f> {
    /// What a server makes up when it makes a realm: ids, keys, secrets, moments.
    MadeUp,
    /// What differs between these two as well.
    Like(&'f Path, &'f Path),
}

struct Proof {
    binary: PathBuf,
    home: PathBuf,
    python: PathBuf,
    /// Kept after the proof, to look at; made anew by the next.
    files: PathBuf,
}

impl Proof {
    fn realm(&self, realm: &str) -> Outcome<Vec<(&'static str, bool)>> {
        let theirs = root().join(EXPORTED).join(format!("{realm}-realm.json"));
        // What Keycloak changes in any file it imports, its own included, is told by this one.
        let usual = self.through_keycloak(realm, &theirs, "own")?;
        let usual = Allowing::Like(&theirs, &usual);
        let ours = self.through_countersign(realm, &theirs, "full")?;
        let back = self.through_keycloak(realm, &ours, "full")?;
        let short = root().join("examples/realms").join(format!("{realm}.json"));
        let made = self.through_countersign(realm, &short, "short")?;
        let made_back = self.through_keycloak(realm, &made, "short")?;
        Ok(vec![
            self.same("what Keycloak exported, imported and exported here", &theirs, &ours, usual)?,
            self.same("what was exported here, imported and exported by Keycloak", &ours, &back, usual)?,
            self.same("a realm made here, imported and exported by Keycloak", &made, &made_back, usual)?,
            self.same(
                "a realm made here, beside the one Keycloak makes of the same file",
                &theirs,
                &made,
                Allowing::MadeUp,
            )?,
        ])
    }

    /// Imports the file into an empty store, and exports it again.
    fn through_countersign(&self, realm: &str, file: &Path, what: &str) -> Outcome<PathBuf> {
        let folder = self.folder(&format!("countersign-{what}-{realm}"))?;
        let data = format!("--data-dir={}", folder.join("data").display());
        let run = |words: &[&str]| read(command(&self.binary).args(words).arg(&data)).map(drop);
        run(&["import", "--file", &file.display().to_string()])?;
        run(&["export", "--realm", realm, "--users", "realm_file", "--dir", &folder.display().to_string()])?;
        written(&folder, realm)
    }

    /// The same with a real Keycloak and an empty store of its own.
    fn through_keycloak(&self, realm: &str, file: &Path, what: &str) -> Outcome<PathBuf> {
        let folder = self.folder(&format!("keycloak-{what}-{realm}"))?;
        let store = format!("jdbc:h2:file:{}/h2;NON_KEYWORDS=VALUE", folder.display());
        let run =
            |words: &[&str]| read(self.kc()?.args(words).env("KC_DB", "dev-file").env("KC_DB_URL", &store)).map(drop);
        run(&["import", "--file", &file.display().to_string()])?;
        run(&["export", "--realm", realm, "--users", "realm_file", "--dir", &folder.display().to_string()])?;
        written(&folder, realm)
    }

    fn kc(&self) -> Outcome<Command> {
        keycloak::kc(&self.home)
    }

    fn folder(&self, name: &str) -> Outcome<PathBuf> {
        let folder = self.files.join(name);
        fs::create_dir_all(&folder).while_doing(format!("creating {}", folder.display()))?;
        Ok(folder)
    }

    fn same(
        &self,
        what: &'static str,
        one: &Path,
        other: &Path,
        allowing: Allowing<'_>,
    ) -> Outcome<(&'static str, bool)> {
        println!("{what}:");
        let mut compare = command(&self.python);
        compare.arg("compat/realm_files.py").arg(one).arg(other);
        match allowing {
            Allowing::MadeUp => compare.arg("--masked"),
            Allowing::Like(one, other) => compare.arg("--like").arg(one).arg(other),
        };
        run_lines(&mut compare, Duration::from_secs(60), |_| ()).map(|same| (what, same))
    }
}

/// The file an export wrote: both name it after the realm.
fn written(folder: &Path, realm: &str) -> Outcome<PathBuf> {
    let file = folder.join(format!("{realm}-realm.json"));
    if file.is_file() { Ok(file) } else { Err(Failure::new(format!("the export wrote no {}", file.display()))) }
}
